import { describe, expect, test } from 'vitest';
import { crossChecks } from '../../../src/config/cross-checks.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { settings } from '../../../src/config/settings.ts';
import { problemsOf, required } from './given.ts';

const oauth = {
  'kafka.tls.enabled': 'true',
  'kafka.sasl.mechanism': 'oauthbearer',
  'kafka.sasl.oauth.tokenUrl': 'https://tokens',
  'kafka.sasl.oauth.clientId': 'bridge',
};
const secretOf = (section: string) => ({ [`${section}.oauth.clientSecretFile`]: 'secret' });
const assertionOf = (section: string) => ({ [`${section}.oauth.clientAssertionFile`]: 'assertion' });

const broken: readonly (readonly [sentence: string, flags: Readonly<Record<string, string>>])[] = [
  [
    'limits.unauthenticated.maxBytes: must not be above limits.maxPayloadBytes',
    { 'limits.unauthenticated.maxBytes': '2049', 'limits.maxPayloadBytes': '2048' },
  ],
  [
    'limits.maxConnections: must hold limits.maxSessionsPerPrimary and limits.unauthenticated.maxConnections together',
    { 'limits.maxConnections': '65' },
  ],
  ['limits.maxEntries: must not be above limits.maxValues', { 'limits.maxEntries': '400001' }],
  [
    'limits.answered.maxPerPrimary: must not be below limits.inFlight.maxMessagesPerPrimary',
    { 'limits.answered.maxPerPrimary': '255' },
  ],
  [
    'limits.maxPayloadBytes: must not be above limits.inFlight.maxBytesPerPrimary',
    { 'limits.maxPayloadBytes': '16777217' },
  ],
  [
    'limits.inFlight.maxBytesPerPrimary: must not be above limits.inFlight.maxBytes',
    { 'limits.inFlight.maxBytes': '16777215' },
  ],
  ['kafka.topics.jobs: must differ', { 'kafka.topics.jobs': 'netbackup.images' }],
  ['kafka.topics.jobs: must differ', { 'kafka.topics.images': 'netbackup.dead-letters' }],
  ['kafka.topics.jobs: must differ', { 'kafka.topics.jobs': 'netbackup_images' }],
  ['kafka.tls.caFile: needs kafka.tls.enabled', { 'kafka.tls.caFile': 'ca.crt' }],
  ['kafka.tls.serverName: needs kafka.tls.enabled', { 'kafka.tls.serverName': 'kafka' }],
  [
    'kafka.tls.certFile: needs kafka.tls.keyFile',
    { 'kafka.tls.enabled': 'true', 'kafka.tls.certFile': 'tls.crt' },
  ],
  [
    'kafka.tls.certFile: needs kafka.tls.keyFile, and kafka.tls.enabled',
    { 'kafka.tls.keyFile': 'tls.key', 'kafka.tls.certFile': 'tls.crt' },
  ],
  [
    'kafka.tls.keyFile: needs kafka.tls.certFile',
    { 'kafka.tls.enabled': 'true', 'kafka.tls.keyFile': 'tls.key' },
  ],
  [
    'kafka.sasl.mechanism: needs kafka.sasl.username and kafka.sasl.passwordFile',
    { 'kafka.sasl.mechanism': 'scram-sha-512', 'kafka.sasl.username': 'bridge' },
  ],
  [
    'kafka.sasl.mechanism: needs one way to a token',
    {
      'kafka.tls.enabled': 'true',
      'kafka.sasl.mechanism': 'oauthbearer',
      'kafka.sasl.oauth.clientId': 'bridge',
      'kafka.sasl.oauth.clientSecretFile': 'secret',
    },
  ],
  [
    'kafka.sasl.mechanism: needs one way to a token',
    { ...oauth, ...secretOf('kafka.sasl'), ...assertionOf('kafka.sasl') },
  ],
  ['kafka.sasl.mechanism: needs one way to a token', { ...oauth, 'kafka.sasl.oauth.tokenFile': 'token' }],
  [
    'kafka.sasl.mechanism: needs one way to a token',
    { 'kafka.tls.enabled': 'true', 'kafka.sasl.mechanism': 'oauthbearer' },
  ],
  [
    'kafka.sasl.mechanism: sends the password or token itself',
    {
      'kafka.sasl.mechanism': 'plain',
      'kafka.sasl.username': 'bridge',
      'kafka.sasl.passwordFile': 'password',
    },
  ],
  ['kafka.sasl.username: is used by plain and scram only', { 'kafka.sasl.username': 'bridge' }],
  ['kafka.sasl.passwordFile: is used by plain and scram only', { 'kafka.sasl.passwordFile': 'password' }],
  [
    'kafka.sasl.oauth.clientSecretFile: is used by oauthbearer only',
    { 'kafka.sasl.oauth.clientSecretFile': 'secret' },
  ],
  ['kafka.sasl.oauth.clientAssertionFile: is used by oauthbearer only', assertionOf('kafka.sasl')],
  ['kafka.sasl.oauth.tokenFile: is used by oauthbearer only', { 'kafka.sasl.oauth.tokenFile': 'token' }],
  [
    'kafka.sasl.mechanism: needs kafka.sasl.awsMskIam.region',
    { 'kafka.tls.enabled': 'true', 'kafka.sasl.mechanism': 'aws-msk-iam' },
  ],
  [
    'kafka.sasl.mechanism: sends the password or token itself',
    { 'kafka.sasl.mechanism': 'aws-msk-iam', 'kafka.sasl.awsMskIam.region': 'eu-central-1' },
  ],
  [
    'kafka.sasl.awsMskIam.region: is used by aws-msk-iam only',
    { 'kafka.sasl.awsMskIam.region': 'eu-central-1' },
  ],
  ['kafka.sasl.awsMskIam.roleArn: is used by aws-msk-iam only', { 'kafka.sasl.awsMskIam.roleArn': 'arn:x' }],
  ['kafka.sasl.awsMskIam.profile: is used by aws-msk-iam only', { 'kafka.sasl.awsMskIam.profile': 'x' }],
  [
    'kafka.sasl.awsMskIam.profile: and kafka.sasl.awsMskIam.roleArn both say',
    {
      'kafka.tls.enabled': 'true',
      'kafka.sasl.mechanism': 'aws-msk-iam',
      'kafka.sasl.awsMskIam.region': 'eu-central-1',
      'kafka.sasl.awsMskIam.profile': 'x',
      'kafka.sasl.awsMskIam.roleArn': 'arn:x',
    },
  ],
  [
    'kafka.sasl.oauth.extensions: is used by oauthbearer only',
    { 'kafka.sasl.oauth.extensions': 'logicalCluster=lkc-1' },
  ],
  ['kafka.sasl.oauth.tokenUrl: must begin with https://', { 'kafka.sasl.oauth.tokenUrl': 'http://tokens' }],
  ['registry.tls.caFile: needs a registry.url', { 'registry.tls.caFile': 'ca.crt' }],
  [
    'registry.tls.certFile: needs registry.tls.keyFile',
    { 'registry.url': 'https://registry', 'registry.tls.certFile': 'tls.crt' },
  ],
  ['registry.tls.keyFile: needs registry.tls.certFile', { 'registry.tls.keyFile': 'tls.key' }],
  [
    'registry.auth.type: needs registry.auth.username and registry.auth.passwordFile',
    { 'registry.url': 'https://registry', 'registry.auth.type': 'basic', 'registry.auth.username': 'bridge' },
  ],
  [
    'registry.auth.type: needs registry.auth.username and registry.auth.passwordFile',
    { 'registry.url': 'https://registry', 'registry.auth.tokenFile': 'token' },
  ],
  [
    'registry.auth.allowPlaintext: has to be set',
    { 'registry.auth.type': 'bearer', 'registry.auth.tokenFile': 'token' },
  ],
  [
    'registry.auth.allowPlaintext: has to be set',
    {
      'registry.url': 'https://registry',
      'registry.fallbackUrls': 'http://registry-2',
      'registry.auth.type': 'bearer',
      'registry.auth.tokenFile': 'token',
    },
  ],
  ['registry.auth.allowPlaintext: has to be set', { 'registry.headerFiles': 'X-Api-Key=key' }],
  [
    'registry.auth.type: needs registry.auth.oauth.tokenUrl and registry.auth.oauth.clientId',
    {
      'registry.url': 'https://registry',
      'registry.auth.type': 'oauth',
      'registry.auth.oauth.clientId': 'bridge',
      ...secretOf('registry.auth'),
    },
  ],
  ['registry.auth.oauth.clientSecretFile: is used by oauth only', secretOf('registry.auth')],
  ['registry.auth.oauth.clientAssertionFile: is used by oauth only', assertionOf('registry.auth')],
  [
    'registry.auth.oauth.tokenUrl: must begin with https://',
    { 'registry.auth.oauth.tokenUrl': 'http://tokens' },
  ],
  ...['Authorization=x', 'content-type=text/plain', 'X-Key=1,x-key=2'].map(
    (headers) =>
      [
        'registry.headers: and registry.headerFiles together may name a header once',
        { 'registry.headers': headers },
      ] as const,
  ),
  [
    'registry.headers: and registry.headerFiles together may name a header once',
    {
      'registry.url': 'https://registry',
      'registry.headers': 'X-Key=1',
      'registry.headerFiles': 'x-key=file',
    },
  ],
  [
    'registry.headerFiles: may name Authorization only when',
    {
      'registry.url': 'https://registry',
      'registry.headerFiles': 'authorization=file',
      'registry.auth.type': 'bearer',
      'registry.auth.tokenFile': 'token',
    },
  ],
  [
    'listen.tls.clientNameIsPrimary: needs listen.tls.clientCaFile',
    { 'listen.tls.clientNameIsPrimary': 'true' },
  ],
  ['schemas.mode: `pinned` needs a version for each', { 'schemas.mode': 'pinned' }],
  ['schemas.mode: `pinned` needs a version for each', { 'schemas.pinned.jobs': 'version:3' }],
  ['admin.port: must not be listen.port', { 'admin.port': '8443' }],
  [
    'admin.port: must not be listen.port',
    { 'admin.port': '8443', 'admin.host': '::', 'listen.host': '10.0.0.1' },
  ],
];

test.each(broken)('%s', (sentence, flags) => {
  const problems = problemsOf({ flags: { ...required, ...flags } });
  expect(problems).toEqual([expect.stringContaining(sentence)]);
});

test('each check has a case above', () => {
  const cases = new Set(broken.map(([sentence]) => sentence.split(':')[0]));
  expect(cases).toEqual(new Set(crossChecks.map((check) => check.settings[0])));
});

test('checks compare settings that exist', () => {
  const paths = settings.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(crossChecks.flatMap((check) => check.settings)));
});

test('the sentence ends with the compared values and their origins', () => {
  const [problem] = problemsOf({ env: { NBWSS_LIMITS_MAX_CONNECTIONS: '7' }, flags: required });
  expect(problem).toMatch(
    /; limits\.unauthenticated\.maxConnections is 50 \(default\), limits\.maxConnections is 7 \(environment variable NBWSS_LIMITS_MAX_CONNECTIONS\), limits\.maxSessionsPerPrimary is 16 \(default\)$/,
  );
});

describe('a check runs exactly when its own settings are valid', () => {
  test('other problems and other failed checks do not hide it', () => {
    const flags = {
      'limits.maxPayloadBytes': '16777217',
      'limits.inFlight.maxBytes': '1024',
      'log.level': 'loud',
    };
    expect(problemsOf({ flags: { ...flags, nonsense: 'x' } }).join('\n')).toMatch(
      /nonsense[^]*log\.level[^]*limits\.maxPayloadBytes: must[^]*limits\.inFlight\.maxBytesPerPrimary: must/,
    );
  });

  test('a value of the wrong type is one problem', () => {
    expect(problemsOf({ flags: { ...required, 'limits.maxPayloadBytes': 'all' } })).toEqual([
      expect.stringContaining('limits.maxPayloadBytes: expected'),
    ]);
  });
});

test.each([
  ['the same port on different addresses', { 'admin.port': '8443', 'listen.host': '10.0.0.1' }],
  ['two ports that the system chooses', { 'admin.port': '0', 'listen.port': '0' }],
  ['as many connections as one primary and strangers may take', { 'limits.maxConnections': '66' }],
  [
    'limits that are equal',
    { 'limits.maxPayloadBytes': '33554432', 'limits.inFlight.maxBytesPerPrimary': '33554432' },
  ],
])('%s are accepted', (_, flags) => {
  expect(() => loadConfig({ flags: { ...required, ...flags } })).not.toThrow();
});

test.each([
  ['kafka.sasl.oauth.extensions', 'auth=Bearer x'],
  ['kafka.sasl.oauth.extensions', 'logical_cluster=lkc-1'],
  ['kafka.sasl.oauth.extensions', 'logicalCluster=\u0001'],
  ['kafka.sasl.oauth.extensions', 'logicalCluster'],
  ['kafka.sasl.oauth.extensions', 'a=1,a=2'],
  ['kafka.sasl.oauth.parameters', 'grant_type=password'],
  ['kafka.sasl.oauth.parameters', 'client_secret=x'],
  ['registry.headers', 'a b=c'],
  ['registry.headers', Array.from({ length: 21 }, (_, i) => `x${i}=1`).join(',')],
  ['kafka.maxRequestBytes', '65535'],
  ['kafka.maxRequestBytes', '104857601'],
  ['kafka.maxInFlightRequests', '0'],
  ['kafka.maxInFlightRequests', '6'],
  ['kafka.producerIdExpirationMs', '0'],
  ['session.heartbeatMisses', '0'],
  ['limits.handshakeTimeoutMs', '2147483648'],
  ['limits.answered.windowMs', '9999'],
])('%s can not be %s', (path, value) => {
  expect(problemsOf({ flags: { ...required, [path]: value } })).toEqual([
    expect.stringMatching(new RegExp(`^${RegExp.escape(path)}[^:]*: expected`)),
  ]);
});

test('what is wrong with headers is told without their values', () => {
  const flags = {
    ...required,
    'registry.headers': 'Authorization=my secret,X-Other=\u0001 my secret',
    'registry.headerFiles': 'Authorization=my secret',
  };
  const told = problemsOf({ flags }).join('\n');
  expect(told).toMatch(/registry\.headers/);
  expect(told).not.toContain('my secret');
});
