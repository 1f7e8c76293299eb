/** Commands that read are stopped, whatever has become of the broker. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { mainFile } from '../../tools/bridge-process.ts';
import { createTopics, freshTopics, stackFlags } from '../helpers/bridge.ts';
import { startPrivateBroker } from '../helpers/private-broker.ts';

/** Above the bounds of any stop, in ms. */
const boundMs = 30_000;

/** `tail` that follows topics of this broker, and has read a record. */
async function reading(bootstrapServers: readonly string[]) {
  const topics = freshTopics();
  await createTopics(topics, { bootstrapServers, partitions: 1 });
  const producer = new Kafka({ brokers: [...bootstrapServers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({ topic: topics.jobs, messages: [{ value: 'no Avro' }] });
  await producer.disconnect();
  const flags = stackFlags(topics, [...bootstrapServers]);
  const args = ['tail', '--from-beginning', '--follow', '--log-level', 'debug', ...flags];
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', mainFile, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stderr);
  /** Resolves when it has said so on stderr, its log among it. */
  const says = (words: string) =>
    new Promise<void>((resolve) => {
      lines.on('line', (line) => line.includes(words) && resolve());
    });
  const ended = once(child, 'exit');
  const hasLost = says('Restarting the consumer');
  await says(`${topics.jobs}[0]@0`);
  return { child, ended, hasLost };
}

/** 65: the record that it has told of can't be decoded. */
const stopped = [65, null];

test.each(['SIGTERM', 'SIGINT'] as const)(
  'tail ends on %s while the broker hangs, when it goes, and when it has been away',
  async (signal) => {
    await using starting = new AsyncDisposableStack();
    const broker = starting.use(await startPrivateBroker());
    const read = () => reading(broker.bootstrapServers);
    const [hanging, going, away] = [await read(), await read(), await read()];
    broker.pause();
    hanging.child.kill(signal);
    expect(await hanging.ended).toEqual(stopped);
    broker.resume();
    await starting.disposeAsync();
    going.child.kill(signal);
    expect(await going.ended).toEqual(stopped);
    await away.hasLost;
    away.child.kill(signal);
    expect(await away.ended).toEqual(stopped);
  },
  3 * boundMs,
);
