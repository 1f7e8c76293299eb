/** What is around the bridge: Prometheus and Grafana, the registry's Job, Strimzi, the test. */
import { z } from 'zod';
import { alertValues } from './alerts.ts';
import {
  count,
  flag,
  fromSecret,
  fromSecretOrConfigMap,
  group,
  handedOn,
  interval,
  name,
  oneOf,
  pair,
  text,
  texts,
} from './kinds.ts';

const monitor = () =>
  group({
    enabled: flag(),
    interval: interval(),
    scrapeTimeout: interval(),
    labels: texts(),
    relabelings: z.array(handedOn()),
    metricRelabelings: z.array(handedOn()),
  });

/** Milliseconds, where -1 is for ever. */
const retention = () => z.int().min(-1);

export const operation = {
  metrics: group({
    serviceMonitor: monitor(),
    podMonitor: monitor(),
    prometheusRule: group({
      enabled: flag(),
      labels: texts(),
      alertLabels: texts(),
      alerts: alertValues(),
      runbookUrl: z.string().regex(/^(https?:\/\/\S+)?$/),
    }),
    dashboard: group({ enabled: flag(), labels: texts(), annotations: texts() }),
  }),
  schemasJob: group({
    enabled: flag(),
    command: oneOf(['check', 'register']),
    backoffLimit: count(),
    activeDeadlineSeconds: count(1),
    ttlSecondsAfterFinished: count(),
  }),
  strimzi: group({
    enabled: flag(),
    apiVersion: oneOf(['kafka.strimzi.io/v1', 'kafka.strimzi.io/v1beta2']),
    cluster: name(),
    namespace: name(),
    topics: group({
      partitions: count(1),
      replicas: count(1, 32_767),
      minInsyncReplicas: count(1),
      retentionMs: retention(),
      deadLetterRetentionMs: retention(),
      config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    }),
    user: group({
      enabled: flag(),
      authentication: oneOf(['tls', 'scram-sha-512']),
      authorization: flag(),
    }),
  }),
  test: group({
    enabled: flag(),
    url: z.string().regex(/^(wss:\/\/\S+)?$/),
    token: fromSecret(),
    clientCertificate: group(pair),
    ca: fromSecretOrConfigMap(),
  }),
  extraObjects: z.array(z.union([handedOn(), text()])),
};
