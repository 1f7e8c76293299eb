import type { Contradictions } from './contradiction.ts';

export const kafka: Contradictions = [
  [
    'config.kafka.producers is gone: one sender per broker takes the place of several producers; remove it',
    { values: { config: { kafka: { producers: 3 } } } },
  ],
  [
    'config.kafka.unsettledSendTimeoutMs is gone: kafka.requestTimeoutMs ends every request to a broker; remove it',
    { values: { config: { kafka: { unsettledSendTimeoutMs: null } } } },
  ],
  [
    'config.kafka.maxBatchRecords is gone: kafka.maxRequestBytes limits a request by its bytes; remove it',
    { values: { config: { kafka: { maxBatchRecords: '50' } } } },
  ],
  [
    'kafka.ca needs config.kafka.tls.enabled: without TLS no certificate is shown',
    { values: { kafka: { ca: { existingSecret: 'ca' } } } },
  ],
  [
    'config.kafka.sasl.mechanism is plain, which needs kafka.password.existingSecret',
    { values: { config: { kafka: { sasl: { mechanism: 'plain', username: 'a' } } } } },
  ],
  [
    'config.kafka.sasl.mechanism is scram-sha-256, which needs config.kafka.sasl.username',
    {
      values: {
        kafka: { password: { existingSecret: 'a' } },
        config: { kafka: { sasl: { mechanism: 'scram-sha-256' } } },
      },
    },
  ],
  [
    'kafka.password is used by plain and scram only: set config.kafka.sasl.mechanism',
    { values: { kafka: { password: { existingSecret: 'a' } } } },
  ],
  [
    'config.kafka.sasl.mechanism is oauthbearer, which needs kafka.oauthClientSecret.existingSecret, config.kafka.sasl.oauth.clientAssertionFile or config.kafka.sasl.oauth.tokenFile',
    { values: { config: { kafka: { sasl: { mechanism: 'oauthbearer' } } } } },
  ],
  [
    'kafka.oauthClientSecret is used by oauthbearer only: set config.kafka.sasl.mechanism',
    { values: { kafka: { oauthClientSecret: { existingSecret: 'a' } } } },
  ],
  [
    'config.registry.auth.type is basic, which needs registry.password.existingSecret',
    { values: { config: { registry: { auth: { type: 'basic', username: 'a' } } } } },
  ],
  [
    'registry.password is used by basic only: set config.registry.auth.type',
    { values: { registry: { password: { existingSecret: 'a' } } } },
  ],
  [
    'config.registry.auth.type is bearer, which needs registry.token.existingSecret',
    { values: { config: { registry: { auth: { type: 'bearer' } } } } },
  ],
  [
    'registry.token is used by bearer only: set config.registry.auth.type',
    { values: { registry: { token: { existingSecret: 'a' } } } },
  ],
  [
    'config.registry.auth.type is oauth, which needs registry.oauthClientSecret.existingSecret or config.registry.auth.oauth.clientAssertionFile',
    { values: { config: { registry: { auth: { type: 'oauth' } } } } },
  ],
  [
    'registry.oauthClientSecret is used by oauth only: set config.registry.auth.type',
    { values: { registry: { oauthClientSecret: { existingSecret: 'a' } } } },
  ],
  [
    'config.registry.headerFiles.X-Key is /keys/one, where nothing is mounted: bring the file with extraVolumes and extraVolumeMounts',
    { values: { config: { registry: { headerFiles: { 'X-Key': '/keys/one' } } } } },
  ],
  [
    'registry.ca needs a config.registry.url that begins with https://',
    {
      values: {
        registry: { ca: { existingConfigMap: 'a' } },
        config: { registry: { url: 'http://registry' } },
      },
    },
  ],
];
