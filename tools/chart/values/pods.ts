/** The pods: how many, where, as whom, and with what. */
import { z } from 'zod';
import {
  count,
  flag,
  group,
  handedOn,
  label,
  name,
  oneOf,
  quantities,
  share,
  text,
  texts,
  word,
} from './kinds.ts';

const id = () => count(1, 4_294_967_295).nullable();

const probe = group({
  initialDelaySeconds: count(),
  periodSeconds: count(1),
  timeoutSeconds: count(1),
  failureThreshold: count(1),
});

const spread = z.strictObject({
  topologyKey: text(),
  maxSkew: count(1),
  whenUnsatisfiable: oneOf(['ScheduleAnyway', 'DoNotSchedule']),
  minDomains: count(1).optional(),
  nodeAffinityPolicy: oneOf(['Honor', 'Ignore']).optional(),
  nodeTaintsPolicy: oneOf(['Honor', 'Ignore']).optional(),
  labelSelector: handedOn().optional(),
  matchLabelKeys: z.array(text()).optional(),
});

const toleration = z.strictObject({
  key: text().optional(),
  operator: oneOf(['Exists', 'Equal', 'Lt', 'Gt']).optional(),
  value: text().optional(),
  effect: oneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: count().optional(),
});

const hostAlias = z.strictObject({ ip: word(), hostnames: z.array(word()).min(1) });

/** As Kubernetes bounds them. */
const dns = group({
  nameservers: z.array(word()).max(3),
  searches: z.array(text()).max(32),
  options: z.array(z.strictObject({ name: word(), value: text().optional() })),
});

/** Of which kind is Kubernetes' matter; the chart has to tell their names apart. */
const volume = z
  .looseObject({ name: label().min(1) })
  .meta({ $comment: 'handed on to Kubernetes but for its name' });

const mount = z.strictObject({
  name: name(),
  mountPath: z.string().regex(/^\//),
  subPath: text().optional(),
  subPathExpr: text().optional(),
  readOnly: flag().optional(),
  recursiveReadOnly: text().optional(),
  mountPropagation: text().optional(),
});

const variable = z.strictObject({
  name: z.string().regex(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/),
  value: text().optional(),
  valueFrom: handedOn().optional(),
});

export const pods = {
  image: group({
    repository: z.string().regex(/^([a-z0-9]+([._:/-]+[a-z0-9]+)*)?$/),
    tag: z.string().regex(/^(\w[\w.-]{0,127})?$/),
    digest: z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: oneOf(['IfNotPresent', 'Always', 'Never']),
  }),
  imagePullSecrets: z.array(z.strictObject({ name: name() })),
  replicas: count(),
  strategy: group({ maxSurge: share(), maxUnavailable: share() }),
  revisionHistoryLimit: count(),
  terminationGracePeriodSeconds: count(1),
  autoscaling: group({
    enabled: flag(),
    minReplicas: count(1),
    maxReplicas: count(1),
    targetCpuUtilizationPercentage: count(1),
  }),
  podDisruptionBudget: group({
    enabled: flag(),
    maxUnavailable: share(),
    unhealthyPodEvictionPolicy: oneOf(['AlwaysAllow', 'IfHealthyBudget']),
  }),
  resources: group({ requests: quantities(), limits: quantities() }),
  security: group({ runAsUser: id(), runAsGroup: id(), fsGroup: id() }),
  serviceAccount: group({ create: flag(), name: name(), annotations: texts() }),
  probes: group({ startup: probe, liveness: probe, readiness: probe }),
  topologySpreadConstraints: z.array(spread),
  antiAffinity: oneOf(['soft', 'hard', 'none']),
  affinity: group({ nodeAffinity: handedOn(), podAffinity: handedOn(), podAntiAffinity: handedOn() }),
  nodeSelector: texts(),
  tolerations: z.array(toleration),
  priorityClassName: name(),
  hostAliases: z.array(hostAlias),
  dnsPolicy: oneOf(['', 'ClusterFirst', 'Default', 'None']),
  dnsConfig: dns,
  deploymentAnnotations: texts(),
  podAnnotations: texts(),
  podLabels: texts(),
  extraEnv: z.array(variable),
  extraVolumes: z.array(volume),
  extraVolumeMounts: z.array(mount),
};
