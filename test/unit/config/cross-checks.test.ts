import { describe, expect, test } from 'vitest';
import { crossChecks } from '../../../src/config/cross-checks.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { settings } from '../../../src/config/settings.ts';
import { problemsOf, required } from './given.ts';

const broken: readonly (readonly [sentence: string, flags: Readonly<Record<string, string>>])[] = [
  [
    'limits.unauthenticated.maxBytes: must not be above limits.maxPayloadBytes',
    { 'limits.unauthenticated.maxBytes': '2049', 'limits.maxPayloadBytes': '2048' },
  ],
  [
    'limits.unauthenticated.maxConnections: must not be above limits.maxConnections',
    { 'limits.maxConnections': '49' },
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
  [
    'kafka.unsettledSendTimeoutMs: must be above kafka.requestTimeoutMs',
    { 'kafka.requestTimeoutMs': '90000' },
  ],
  [
    'listen.tls.clientNameIsPrimary: needs listen.tls.clientCaFile',
    { 'listen.tls.clientNameIsPrimary': 'true' },
  ],
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
    /; limits\.unauthenticated\.maxConnections is 50 \(default\), limits\.maxConnections is 7 \(environment variable NBWSS_LIMITS_MAX_CONNECTIONS\)$/,
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
  [
    'limits that are equal',
    { 'limits.maxPayloadBytes': '33554432', 'limits.inFlight.maxBytesPerPrimary': '33554432' },
  ],
])('%s are accepted', (_, flags) => {
  expect(() => loadConfig({ flags: { ...required, ...flags } })).not.toThrow();
});

test.each([
  ['kafka.unsettledSendTimeoutMs', '65536'],
  ['kafka.maxBatchRecords', '1001'],
  ['session.heartbeatMisses', '0'],
  ['limits.handshakeTimeoutMs', '2147483648'],
  ['limits.answered.windowMs', '9999'],
])('%s can not be %s', (path, value) => {
  expect(problemsOf({ flags: { ...required, [path]: value } })).toEqual([
    expect.stringContaining(`${path}: expected`),
  ]);
});
