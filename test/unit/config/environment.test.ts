import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { type Setting, settings } from '../../../src/config/settings.ts';
import { problemsOf, required } from './given.ts';

const others: Readonly<Record<string, string>> = {
  'tracing.endpoint': 'http://collector:4318/v1/traces',
  'tracing.sampleRatio': '0.25',
  'listen.path': '/other',
  'kafka.brokers': 'one:1,two:2',
  'registry.url': 'https://other',
  'kafka.sasl.oauth.tokenUrl': 'https://other',
  'registry.auth.oauth.tokenUrl': 'https://other',
  'kafka.sasl.awsMskIam.region': 'us-gov-west-1',
  'kafka.sasl.awsMskIam.roleArn': 'arn:aws:iam::123456789012:role/bridge',
  'registry.fallbackUrls': 'https://one,https://two',
  'schemas.mode': 'register',
  'schemas.pinned.jobs': 'id:17',
  'schemas.pinned.images': 'id:17',
  'schemas.pinned.deadLetters': 'version:2',
  'kafka.maxInFlightRequests': '3',
  // Where a neighbour bounds the value, a step down or up isn't accepted by itself.
  'limits.unauthenticated.maxBytes': '2048',
};

const kafkaTls = { 'kafka.tls.enabled': 'true' };
const kafkaPair = { ...kafkaTls, 'kafka.tls.certFile': 'tls.crt', 'kafka.tls.keyFile': 'tls.key' };
const kafkaPassword = {
  'kafka.sasl.mechanism': 'plain',
  'kafka.sasl.username': 'bridge',
  'kafka.sasl.passwordFile': 'password',
  'kafka.sasl.allowPlaintext': 'true',
};
const kafkaOauth = {
  'kafka.sasl.mechanism': 'oauthbearer',
  'kafka.sasl.oauth.tokenUrl': 'https://tokens',
  'kafka.sasl.oauth.clientId': 'bridge',
  'kafka.sasl.oauth.clientSecretFile': 'secret',
  'kafka.sasl.allowPlaintext': 'true',
};
const kafkaAssertion = {
  'kafka.sasl.mechanism': 'oauthbearer',
  'kafka.sasl.oauth.tokenUrl': 'https://tokens',
  'kafka.sasl.oauth.clientId': 'bridge',
  'kafka.sasl.oauth.clientAssertionFile': 'assertion',
  'kafka.tls.enabled': 'true',
};
const kafkaMsk = {
  'kafka.sasl.mechanism': 'aws-msk-iam',
  'kafka.sasl.awsMskIam.region': 'eu-central-1',
  'kafka.tls.enabled': 'true',
};
const registryTls = { 'registry.url': 'https://registry' };
const registryPair = {
  ...registryTls,
  'registry.tls.certFile': 'tls.crt',
  'registry.tls.keyFile': 'tls.key',
};
const registryPassword = {
  ...registryTls,
  'registry.auth.type': 'basic',
  'registry.auth.username': 'bridge',
  'registry.auth.passwordFile': 'password',
};

const registryOauth = {
  ...registryTls,
  'registry.auth.type': 'oauth',
  'registry.auth.oauth.tokenUrl': 'https://tokens',
  'registry.auth.oauth.clientId': 'bridge',
};

const schemasPinned = {
  'schemas.mode': 'pinned',
  'schemas.pinned.jobs': 'version:1',
  'schemas.pinned.images': 'version:1',
  'schemas.pinned.deadLetters': 'version:1',
};

/** What a setting isn't accepted without. */
const companions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'listen.tls.clientNameIsPrimary': { 'listen.tls.clientCaFile': 'ca.crt' },
  'schemas.pinned.jobs': schemasPinned,
  'schemas.pinned.images': schemasPinned,
  'schemas.pinned.deadLetters': schemasPinned,
  'kafka.tls.caFile': kafkaTls,
  'kafka.tls.serverName': kafkaTls,
  'kafka.tls.certFile': kafkaPair,
  'kafka.tls.keyFile': kafkaPair,
  'kafka.sasl.mechanism': kafkaPassword,
  'kafka.sasl.username': kafkaPassword,
  'kafka.sasl.passwordFile': kafkaPassword,
  'kafka.sasl.oauth.tokenUrl': kafkaOauth,
  'kafka.sasl.oauth.clientId': kafkaOauth,
  'kafka.sasl.oauth.clientSecretFile': kafkaOauth,
  'kafka.sasl.oauth.clientAssertionFile': kafkaAssertion,
  'kafka.sasl.oauth.tokenFile': { 'kafka.sasl.mechanism': 'oauthbearer', 'kafka.tls.enabled': 'true' },
  'kafka.sasl.oauth.extensions': kafkaOauth,
  'kafka.sasl.awsMskIam.region': kafkaMsk,
  'kafka.sasl.awsMskIam.roleArn': kafkaMsk,
  'kafka.sasl.awsMskIam.profile': kafkaMsk,
  'registry.headerFiles': registryTls,
  'registry.tls.caFile': registryTls,
  'registry.tls.certFile': registryPair,
  'registry.tls.keyFile': registryPair,
  'registry.auth.type': registryPassword,
  'registry.auth.username': registryPassword,
  'registry.auth.passwordFile': registryPassword,
  'registry.auth.tokenFile': { ...registryTls, 'registry.auth.type': 'bearer' },
  'registry.auth.oauth.tokenUrl': { ...registryOauth, 'registry.auth.oauth.clientSecretFile': 'secret' },
  'registry.auth.oauth.clientId': { ...registryOauth, 'registry.auth.oauth.clientSecretFile': 'secret' },
  'registry.auth.oauth.clientSecretFile': registryOauth,
  'registry.auth.oauth.clientAssertionFile': registryOauth,
};

/** A value that the setting accepts and that isn't its default. */
function another({ path, kind, choices, default: value }: Setting): string {
  const special = others[path] ?? choices?.find((choice) => choice !== value);
  if (special !== undefined) return special;
  if (kind === 'number') return String(typeof value === 'number' ? value + 1 : 99_999);
  if (kind === 'map') return 'one=1';
  return kind === 'boolean' ? String(value !== true) : 'other';
}

function read(config: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => Reflect.get(Object(at), key), config);
}

describe.each(settings.map((setting) => [setting.path, setting] as const))('%s', (path, setting) => {
  const text = another(setting);
  const needed = { ...required, ...companions[path] };
  const expected = {
    text,
    number: Number(text),
    boolean: text === 'true',
    list: text.split(','),
    map: { one: '1' },
  }[setting.kind];

  test('is set by its variable', () => {
    const flags = Object.fromEntries(Object.entries(needed).filter(([each]) => each !== path));
    expect(read(loadConfig({ env: { [setting.env]: text }, flags }), path)).toEqual(expected);
  });

  test('is set by its flag', () => {
    expect(read(loadConfig({ flags: { ...needed, [path]: text } }), path)).toEqual(expected);
  });
});

test('the names follow from the path', () => {
  expect(settings.find(({ path }) => path === 'kafka.requestTimeoutMs')).toMatchObject({
    env: 'NBWSS_KAFKA_REQUEST_TIMEOUT_MS',
    flag: '--kafka-request-timeout-ms',
  });
});

describe('text becomes a value only in the one way that it can be meant', () => {
  test.each([
    [
      'listen.port',
      ['', ' 1', '1 ', '+1', '-1', '1.0', '1e3', '0x10', '010', '1_000', 'NaN', '99999999999999999999'],
    ],
    ['records.cloudEvents', ['', 'yes', '1', 'TRUE', 'on']],
    [
      'kafka.brokers',
      [
        '',
        ',',
        'a:1,',
        'a',
        'a:',
        'a:0',
        'a:65536',
        'a:01',
        ':1',
        '::1:1',
        '[::1]',
        '[::1]:0',
        '[a]:1',
        '[1.2.3.4]:1',
        'SASL_SSL://a:1',
      ],
    ],
    ['kafka.topics.jobs', ['', '.', '..', 'a b', 'ä', 'a/b', 'x'.repeat(250)]],
    ['registry.url', ['', 'registry', 'registry:8081', 'ftp://a', 'http://u@a', 'http://a?b', 'http://a/#b']],
    ['listen.path', ['', 'nbwss', '/a?b', '/a b']],
  ])('%s', (path, texts) => {
    for (const text of texts) {
      const problems = problemsOf({ flags: { ...required, [path]: text } });
      expect(problems.length, text).toBeGreaterThan(0);
      expect(problems.every((problem) => problem.startsWith(path))).toBe(true);
    }
  });
});

describe('variables that begin with NBWSS_', () => {
  test.each([
    ['NBWSS_KAFKA_BROKER', 'did you mean NBWSS_KAFKA_BROKERS?'],
    ['NBWSS_BROKERS', 'did you mean NBWSS_KAFKA_BROKERS?'],
    ['NBWSS_kafka_brokers', 'did you mean NBWSS_KAFKA_BROKERS?'],
    ['NBWSS_CONFIGS', 'did you mean NBWSS_CONFIG?'],
    ['NBWSS_SOMETHING_ELSE_ALTOGETHER', 'remove it, or see docs/configuration.md'],
    ['NBWSS_', 'remove it, or see docs/configuration.md'],
  ])('%s is refused: %s', (name, hint) => {
    expect(problemsOf({ env: { [name]: 'x' }, flags: required })).toEqual([
      `${name}: there is no such setting (environment variable); ${hint}`,
    ]);
  });

  test('those of the test stack and of Kubernetes are ignored, others are not looked at', () => {
    const env = {
      NBWSS_TEST_STACK: 'x',
      NBWSS_TEST_BROKERS: 'x',
      NBWSS_KAFKA_IMAGE: 'x',
      NBWSS_REGISTRY_IMAGE: 'x',
      NBWSS_DEV_STACK_CACHE: 'x',
      NBWSS_BRIDGE_SERVICE_HOST: '10.0.0.1',
      NBWSS_BRIDGE_SERVICE_PORT: '8443',
      NBWSS_BRIDGE_SERVICE_PORT_WSS: '8443',
      NBWSS_BRIDGE_PORT: 'tcp://10.0.0.1:8443',
      NBWSS_BRIDGE_PORT_8443_TCP: 'tcp://10.0.0.1:8443',
      NBWSS_BRIDGE_PORT_8443_TCP_PROTO: 'tcp',
      NBWSS_BRIDGE_PORT_8443_TCP_PORT: '8443',
      NBWSS_BRIDGE_PORT_8443_TCP_ADDR: '10.0.0.1',
      NBWSS_ADMIN_PORT: 'tcp://10.0.0.1:9090',
      KAFKA_BROKERS: 'x',
    };
    expect(loadConfig({ env, flags: required })).toEqual(loadConfig({ flags: required }));
  });

  test('a port that is no service link stays a setting or a mistake', () => {
    expect(problemsOf({ env: { NBWSS_BRIDGE_PORT: '8443' }, flags: required })).toHaveLength(1);
    expect(loadConfig({ env: { NBWSS_ADMIN_PORT: '1' }, flags: required }).admin.port).toBe(1);
  });
});
