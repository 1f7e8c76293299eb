import { describe, expect, test } from 'vitest';
import { configHash, loadConfig } from '../../../src/config/load.ts';
import { ConfigError, ExitCode } from '../../../src/errors.ts';
import { problemsOf, required, requiredYaml, yamlFile } from './given.ts';

describe('precedence', () => {
  test('a flag wins over the environment, that over the file, and that over the default', async () => {
    await using file = await yamlFile(`${requiredYaml}
kafka: { brokers: [file:9092], clientId: of-file, connectTimeoutMs: 1, requestTimeoutMs: 1 }`);
    const { kafka } = loadConfig({
      file: file.path,
      env: { NBWSS_KAFKA_CLIENT_ID: 'of-environment', NBWSS_KAFKA_CONNECT_TIMEOUT_MS: '2' },
      flags: { 'kafka.clientId': 'of-flag' },
    });
    expect(kafka).toMatchObject({
      clientId: 'of-flag',
      connectTimeoutMs: 2,
      requestTimeoutMs: 1,
      retryWaitCapMs: 2_000,
    });
  });

  test('a list replaces a list and is not added to it', async () => {
    await using file = await yamlFile(`${requiredYaml}\nkafka: { brokers: [a:1, b:2] }`);
    const { kafka } = loadConfig({ file: file.path, env: { NBWSS_KAFKA_BROKERS: 'c:3, d:4' } });
    expect(kafka.brokers).toEqual(['c:3', 'd:4']);
  });

  test('NBWSS_CONFIG names the file unless the caller does', async () => {
    await using one = await yamlFile('log: { level: warn }');
    await using other = await yamlFile('log: { level: error }');
    const env = { NBWSS_CONFIG: one.path };
    expect(loadConfig({ env, flags: required }).log.level).toBe('warn');
    expect(loadConfig({ file: other.path, env, flags: required }).log.level).toBe('error');
  });

  test('an empty file and an empty section are as if they were left out', async () => {
    for (const content of ['', '# nothing\n', 'kafka:\nlimits:\n  inFlight:\n']) {
      await using file = await yamlFile(content);
      expect(loadConfig({ file: file.path, flags: required })).toEqual(loadConfig({ flags: required }));
    }
  });

  test('a value from outside goes into one section even where two are aliases of one mapping', async () => {
    await using file = await yamlFile('session: &empty {}\ndrain: *empty');
    const config = loadConfig({ file: file.path, env: { NBWSS_DRAIN_DELAY_MS: '7' }, flags: required });
    expect(config.drain.delayMs).toBe(7);
  });
});

describe('problems', () => {
  test('all problems of all sources come at once, each with its path, value, origin and what is expected', async () => {
    await using file = await yamlFile(`listen: { tls: { certFile: tls.crt }, port: "8443" }
kafka:
  broker: [a:1]
  brokers: [a:1, b]
  topic: { jobs: x }
registry: http://registry
log: { level: loud }
records: { cloudEvents: }
`);
    const line = (n: number) => `(${file.path}, line ${n})`;
    const problems = problemsOf({
      file: file.path,
      env: { NBWSS_LIMITS_MAX_DEPTH: '0x40', NBWSS_KAFKA_BROKER: 'a:1' },
      flags: { 'drain.delayMs': '-1' },
    });
    expect(problems).toEqual([
      'NBWSS_KAFKA_BROKER: there is no such setting (environment variable); did you mean NBWSS_KAFKA_BROKERS?',
      `listen.port: expected a port number, 0 to 65535; got "8443" ${line(1)}`,
      'listen.tls.keyFile: is required; expected the path of a file or directory (not its content). ' +
        'Set listen.tls.keyFile in the configuration file, NBWSS_LISTEN_TLS_KEY_FILE in the environment, or --listen-tls-key-file',
      'credentials.tokenDirectory: is required; expected the path of a file or directory (not its content). ' +
        'Set credentials.tokenDirectory in the configuration file, NBWSS_CREDENTIALS_TOKEN_DIRECTORY in the environment, ' +
        'or --credentials-token-directory',
      'limits.maxDepth: expected a whole number, 8 to 1000; got "0x40" (environment variable NBWSS_LIMITS_MAX_DEPTH)',
      `kafka.brokers.1: expected a list of one or more host:port (host name, IPv4 address, or IPv6 address in brackets); got "b" ${line(4)}`,
      `kafka.broker: there is no such setting ${line(3)}; did you mean kafka.brokers?`,
      `kafka.topic: there is no such setting ${line(5)}; did you mean kafka.topics?`,
      `registry: expected a mapping of settings (key: value); got "http://registry" ${line(6)}`,
      `records.cloudEvents: expected true or false; got nothing ${line(8)}`,
      'drain.delayMs: expected a whole number of milliseconds, 0 to 2147483647; got "-1" (flag --drain-delay-ms)',
      `log.level: expected one of fatal, error, warn, info, debug, trace; got "loud" ${line(7)}`,
    ]);
  });

  test('the error is one that a command exits from with 78', () => {
    expect(() => loadConfig({})).toThrow(ConfigError);
    expect(() => loadConfig({})).toThrow(
      expect.objectContaining({ exitCode: ExitCode.config, code: 'config' }),
    );
  });

  test('a file that can not be used is one problem, and does not make everything in it count as missing', async () => {
    await using file = await yamlFile('a: [');
    const problems = problemsOf({
      file: file.path,
      env: { NBWSS_LISTEN_PORT: 'https', NBWSS_LIMITS_MAX_PAYLOAD_BYTES: '33554432' },
    });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('not valid YAML');
    expect(problems[1]).toContain('listen.port');
  });

  test('a flag for a setting that does not exist is refused', () => {
    expect(problemsOf({ flags: { ...required, 'kafka.x': '1' } })).toEqual([
      'kafka.x: there is no such setting (flag)',
    ]);
  });

  test('a key or a password in the wrong place is refused and not repeated', () => {
    const problems = problemsOf({
      flags: {
        ...required,
        'listen.tls.keyFile': '-----BEGIN PRIVATE KEY-----\nsecret',
        'registry.url': 'http://user:secret@registry',
      },
    });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('secret');
  });
});

describe('unknown keys of the file', () => {
  test.each([
    ['listen: { prot: 1 }', 'listen.prot', 'did you mean listen.port?'],
    ['listen: { tls: { cert_file: x } }', 'listen.tls.cert_file', 'did you mean listen.tls.certFile?'],
    ['lgo: { level: info }', 'lgo', 'did you mean log?'],
    ['limit: { maxDepth: 9 }', 'limit', 'did you mean limits?'],
    ['maxPayloadBytes: 9', 'maxPayloadBytes', 'did you mean limits.maxPayloadBytes?'],
    ['kafka.clientId: x', 'kafka.clientId', 'write it as nested keys, without the dots'],
    [
      'listen: { quiteAnotherThing: 1 }',
      'listen.quiteAnotherThing',
      'remove it, or see docs/configuration.md',
    ],
    ['__proto__: { port: 1 }', '__proto__', 'remove it, or see docs/configuration.md'],
  ])('%s', async (content, path, hint) => {
    await using file = await yamlFile(content);
    expect(problemsOf({ file: file.path, flags: required })).toEqual([
      `${path}: there is no such setting (${file.path}, line 1); ${hint}`,
    ]);
  });
});

describe('the hash', () => {
  test('is the same for equal configurations, whatever the order of their keys and the source of their values', async () => {
    await using one = await yamlFile(
      `${requiredYaml}\nkafka: { clientId: x, brokers: [a:1] }\nlog: { level: warn }`,
    );
    await using other = await yamlFile(`log: { level: warn }\nkafka: { brokers: [a:1] }\n${requiredYaml}`);
    const hash = configHash(loadConfig({ file: one.path }));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(configHash(loadConfig({ file: other.path, env: { NBWSS_KAFKA_CLIENT_ID: 'x' } }))).toBe(hash);
    const { listen, ...rest } = loadConfig({ file: one.path });
    expect(configHash({ ...rest, listen })).toBe(hash);
  });

  test('differs when one setting does', () => {
    const hashes = ['1', '2', '3'].map((delay) =>
      configHash(loadConfig({ flags: { ...required, 'drain.delayMs': delay } })),
    );
    expect(new Set(hashes).size).toBe(3);
  });
});
