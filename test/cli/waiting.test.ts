/** What a user sees while Kafka or the registry gives no answer, and that every command ends. */
import { expect, inject, test } from 'vitest';
import { createTopicsAndSubjects, freshTopics, registryFlags, stackFlags } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { writeConfigFile } from '../helpers/config-file.ts';
import { openSilence } from '../helpers/doors.ts';
import { onTerminal } from '../helpers/terminal.ts';

const kafkaFlags = (port: number) => ['--kafka-brokers', `127.0.0.1:${port}`];
const registryFlagsAt = (port: number) => ['--registry-url', `http://127.0.0.1:${port}`];
const bothFlags = (port: number) => [...kafkaFlags(port), ...registryFlagsAt(port)];

test.each<[string, (port: number) => string[], RegExp]>([
  ['topics create', kafkaFlags, /Kafka at \S+ \(kafka\.brokers\)/],
  ['topics check', kafkaFlags, /Kafka at/],
  ['topics check --json', kafkaFlags, /Kafka at/],
  ['tail', bothFlags, /Kafka at/],
  ['tail --from-beginning', bothFlags, /Kafka at/],
  ['replay --primary primary1', bothFlags, /Kafka at/],
  ['schemas list', registryFlagsAt, /the schema registry at \S+ \(registry\.url\)/],
  ['schemas check', registryFlagsAt, /the schema registry at/],
  ['schemas register', registryFlagsAt, /the schema registry at/],
  ['schemas diff jobs jobs@latest', registryFlagsAt, /the schema registry at/],
])(
  '%s: ends at its bound, and names what gave no answer; a script gets no progress',
  async (words, flags, whom) => {
    await using silence = await openSilence();
    const { exitCode, stdout, stderr } = await nbwssBridge([
      ...words.split(' '),
      ...flags(silence.port),
      '--timeout',
      '1',
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: '' });
    const told = stderr
      .trimEnd()
      .split('\n')
      .filter((line) => !line.includes('dead letter(s) sent'));
    expect(told).toEqual([
      expect.stringMatching(/^nbwss-bridge: gave up after 1 s \(--timeout\): no answer from /),
    ]);
    expect(stderr).toMatch(whom);
  },
);

test('on a terminal a command says what it waits for before it gives up', async () => {
  await using silence = await openSilence();
  const { exitCode, shown } = await onTerminal([
    'topics',
    'check',
    ...kafkaFlags(silence.port),
    '--timeout',
    '2',
  ]);
  expect(exitCode).toBe(69);
  const kafka = `Kafka at 127.0.0.1:${silence.port} (kafka.brokers)`;
  expect(shown.trimEnd().split('\n')).toEqual([
    `nbwss-bridge: waiting for ${kafka}, up to 2 s (--timeout)`,
    expect.stringContaining(`gave up after 2 s (--timeout): no answer from ${kafka}`),
  ]);
});

test.each(['check-config --connect', 'check-config --connect --json'])(
  '%s: what answers is told, and what does not by the end of its bound',
  async (words) => {
    await using silence = await openSilence();
    const { file, topics } = await writeConfigFile();
    await createTopicsAndSubjects(topics, { partitions: 1 });
    const args = [...words.split(' '), '--config', file, ...kafkaFlags(silence.port), '--timeout', '3'];
    const { exitCode, stdout } = await nbwssBridge(args);
    expect(exitCode).toBe(69);
    for (const topic of Object.values(topics)) expect(stdout).toContain(`${topic}-value: version 1`);
    expect(stdout).toMatch(/gave up after 3 s \(--timeout\): no answer, or not all of them, from Kafka at/);
    // In the same order each time, whoever answers first.
    expect(stdout.indexOf('gave up')).toBeLessThan(stdout.indexOf(`${topics.jobs}-value`));
  },
);

test('check-config --connect on a terminal: each verdict as soon as it is known', async () => {
  await using silence = await openSilence();
  const { file, topics } = await writeConfigFile();
  await createTopicsAndSubjects(topics, { partitions: 1 });
  const args = ['check-config', '--connect', '--config', file, '--timeout', '3'];
  const { exitCode, shown } = await onTerminal([...args, ...kafkaFlags(silence.port)]);
  expect(exitCode).toBe(69);
  const lines = shown.trimEnd().split('\n');
  const at = (text: string) => lines.findIndex((line) => line.includes(text));
  const inOrder = [
    'listen.tls.certFile: ',
    `${topics.jobs}-value: version 1`,
    'failed   kafka.brokers: gave up after 3 s',
    "but 1 thing(s) that it names can't be used now",
  ].map(at);
  expect(inOrder).not.toContain(-1);
  expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
  expect(at('waiting for Kafka at')).toBeLessThan(inOrder[2] ?? 0);
});

test('check-config --connect on a terminal: what the configuration amounts to stands behind the verdicts', async () => {
  const { file, topics } = await writeConfigFile();
  await createTopicsAndSubjects(topics, { partitions: 1 });
  const { exitCode, shown } = await onTerminal(['check-config', '--connect', '--config', file]);
  expect(exitCode).toBe(0);
  expect(shown).toMatch(/^ok {7}kafka\.topics: (?:.*\n)*\nthe configuration is valid\n/m);
});

test('a broker that hangs among others keeps nobody from the rest', async () => {
  await using silence = await openSilence();
  const { file, topics } = await writeConfigFile();
  await createTopicsAndSubjects(topics, { partitions: 1 });
  const brokers = [`127.0.0.1:${silence.port}`, ...inject('bootstrapServers')].join(',');
  const { exitCode, stdout } = await nbwssBridge(
    ['check-config', '--connect', '--config', file, '--kafka-brokers', brokers],
    { timeoutMs: 40_000 },
  );
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    RegExp(`^warning {2}kafka\\.brokers: 127\\.0\\.0\\.1:${silence.port} gave no answer in 10 s: `, 'm'),
  );
  expect(stdout).toMatch(RegExp(`^ok {7}kafka\\.topics: ${topics.jobs}: may be written$`, 'm'));
}, 60_000);

test('topics create and topics check tell each topic as soon as it is known', async () => {
  const topics = freshTopics();
  const flags = stackFlags(topics).slice(0, -registryFlags(topics).slice(-2).length);
  const created = await onTerminal(['topics', 'create', ...flags]);
  expect(created).toMatchObject({ exitCode: 0, shown: expect.stringContaining(`${topics.jobs}: created`) });
  const { shown } = await onTerminal(['topics', 'check', ...flags]);
  const at = (topic: string) => shown.indexOf(`${topic}: 12 partitions`);
  // Warnings stand beside their topic, and not behind all of them.
  if (shown.includes('has one replica')) {
    const warning = shown.indexOf(`warning: ${topics.jobs}`);
    expect(warning).toBeGreaterThan(at(topics.jobs));
    expect(warning).toBeLessThan(at(topics.images));
  }
});
