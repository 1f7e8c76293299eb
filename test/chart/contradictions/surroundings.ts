import { type Contradictions, elsewhere } from './contradiction.ts';

export const surroundings: Contradictions = [
  [
    'metrics.serviceMonitor and metrics.podMonitor are both enabled: every sample would be there twice',
    { values: { metrics: { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } } } },
  ],
  [
    'networkPolicy.egress.restricted has no networkPolicy.egress.rules: neither Kafka nor the registry could be reached',
    { values: { networkPolicy: { egress: { restricted: true } } } },
  ],
  [
    'networkPolicy.egress.rules needs networkPolicy.enabled and networkPolicy.egress.restricted',
    { values: { networkPolicy: { egress: { rules: [{}] } } } },
  ],
  [
    'metrics.prometheusRule.alertLabels has severity, which every alert has its own of: set metrics.prometheusRule.alerts.<name>.severity',
    { values: { metrics: { prometheusRule: { alertLabels: { severity: 'info' } } } } },
  ],
  [
    'metrics.prometheusRule.alerts.NbwssDeadLetters.labels has severity: set metrics.prometheusRule.alerts.NbwssDeadLetters.severity',
    {
      values: {
        metrics: { prometheusRule: { alerts: { NbwssDeadLetters: { labels: { severity: 'info' } } } } },
      },
    },
  ],
  [
    'strimzi.cluster is not set: Strimzi has to know which Kafka cluster the topics and the user are for',
    { mode: 'strimzi', values: { strimzi: { cluster: '' } } },
  ],
  [
    'strimzi.topics.minInsyncReplicas is above strimzi.topics.replicas: nothing could ever be written',
    { mode: 'strimzi', values: { strimzi: { topics: { replicas: 1 } } } },
  ],
  [
    'strimzi.topics.config has retention.ms, which strimzi.topics.retentionMs and strimzi.topics.deadLetterRetentionMs say; leave it out there',
    { mode: 'strimzi', values: { strimzi: { topics: { config: { 'retention.ms': 1000 } } } } },
  ],
  [
    'strimzi.topics.config has min.insync.replicas, which strimzi.topics.minInsyncReplicas says; leave it out there',
    { mode: 'strimzi', values: { strimzi: { topics: { config: { 'min.insync.replicas': 1 } } } } },
  ],
  [
    'strimzi.topics.config has cleanup.policy, which the chart says: records go by strimzi.topics.retentionMs, and replays are compacted; ' +
      'leave it out there',
    { mode: 'strimzi', values: { strimzi: { topics: { config: { 'cleanup.policy': 'delete' } } } } },
  ],
  [
    "strimzi.user's Secret will be in the namespace kafka, where no pod of this release can mount it: copy it here and name the copy in " +
      'kafka.clientCertificate.existingSecret',
    { mode: 'strimzi', values: { strimzi: { namespace: 'kafka' } } },
  ],
  [
    'kafka.clientCertificate.existingSecret and strimzi.user both say how the bridge shows itself to Kafka: keep one of them',
    { mode: 'strimzi', values: { kafka: { clientCertificate: { existingSecret: 'a' } } } },
  ],
  [
    'strimzi.user.authentication tls needs config.kafka.tls.enabled: without TLS no certificate is shown',
    {
      mode: 'strimzi',
      values: { kafka: { ca: { existingSecret: '' } }, config: { kafka: { tls: { enabled: false } } } },
    },
  ],
  [
    'strimzi.user.authentication tls and config.kafka.sasl.mechanism "scram-sha-512" are two ways to show itself to Kafka: keep one of them',
    {
      mode: 'strimzi',
      values: {
        kafka: { password: { existingSecret: 'a' } },
        config: { kafka: { sasl: { mechanism: 'scram-sha-512', username: 'a' } } },
      },
    },
  ],
  [
    'strimzi.user.authentication scram-sha-512 and config.kafka.sasl.mechanism "plain" differ: leave config.kafka.sasl.mechanism out',
    { mode: 'strimzi-scram', values: { config: { kafka: { sasl: { mechanism: 'plain' } } } } },
  ],
  [
    'schemasJob.command register and config.schemas.mode pinned contradict each other: what is registered would not be used, take check',
    {
      values: { schemasJob: { enabled: true, command: 'register' }, config: { schemas: { mode: 'pinned' } } },
    },
  ],
  [
    "test.enabled needs test.token.existingSecret, because tokens.existingSecret isn't set: name the Secret with the token of probe, or set " +
      'test.enabled to false',
    {
      values: {
        ...elsewhere,
        tokens: { existingSecret: '' },
        config: { credentials: { tokenDirectory: '/agent/tokens' } },
      },
    },
  ],
  [
    "test.enabled needs test.clientCertificate.existingSecret, because the bridge takes nobody without a certificate of tls.clientCa: name the probe's, " +
      'or set test.enabled to false',
    { mode: 'mtls', values: { test: { clientCertificate: { existingSecret: '' } } } },
  ],
  [
    'test.clientCertificate needs tls.clientCa: without it no client shows a certificate',
    { values: { test: { clientCertificate: { existingSecret: 'a' } } } },
  ],
  [
    'test.ca.existingSecret and test.ca.existingConfigMap are both set: keep one of them',
    { values: { test: { ca: { existingSecret: 'a', existingConfigMap: 'b' } } } },
  ],
];
