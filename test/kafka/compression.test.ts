import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { replaysTopicOf, startTestBridge, stackFlags } from '../helpers/bridge.ts';
import { nbwssBridge, outputOf } from '../helpers/command.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { envelope, image, images, job, jobs } from '../helpers/messages.ts';
import { evolve } from '../helpers/owner.ts';
import { altered } from '../helpers/schema-evolution.ts';

const entries = 200;

test.each(['none', 'gzip', 'zstd'])(
  'with compression %s every record is there for librdkafka and for tail',
  async (compression) => {
    await using bridge = await startTestBridge({ settings: { kafka: { compression } } });
    await using primary = await bridge.connect();
    const data = Array.from({ length: entries }, (_, jobId) => ({ ...job, jobId }));
    primary.send(envelope([jobs(...data), images(image)], { id: 'compressed' }));
    await primary.answered('compressed');
    const records = await bridge.read(entries + 1);
    const jobIds = records.flatMap(({ value }) => value?.['jobId'] ?? []);
    expect(jobIds.map(Number).sort((a, b) => a - b)).toEqual(data.map(({ jobId }) => jobId));
    expect(records).toHaveLength(entries + 1);
    const lines = await outputOf(['tail', '--from-beginning', '--json', ...stackFlags(bridge.topics)]);
    expect(lines.trimEnd().split('\n')).toHaveLength(entries + 1);
  },
);

/** Larger than a block of lz4 or snappy is. */
const longText = Array.from({ length: 20_000 }, (_, i) => `${i * 7919}`).join(' ');

test.each(['lz4', 'snappy', 'zstd', 'gzip'])(
  'what the broker compressed again with %s is read by tail and replay',
  async (compression) => {
    await using admin = await connectKafkaAdmin();
    await using bridge = await startTestBridge({
      async prepare(topics) {
        for (const topic of [...Object.values(topics), replaysTopicOf(topics)])
          await admin.configure(topic, 'compression.type', compression);
      },
    });
    const flags = stackFlags(bridge.topics);
    await using primary = await bridge.connect();
    const wrong = Array.from({ length: 20 }, (_, jobId) => ({ ...job, jobId, status: 'partial' }));
    const long = { ...job, jobId: 99, status: longText };
    primary.send(envelope([jobs(job, ...wrong, long)], { id: 'again' }));
    await primary.answered('again');

    const told = await outputOf(['tail', '--from-beginning', '--json', ...flags]);
    const records = told
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Letter);
    expect(records).toHaveLength(1 + wrong.length + 1);
    expect(records.some(({ value }) => value.raw?.includes(longText) === true)).toBe(true);
    const text = await outputOf(['tail', '--since', '1h', '--topic', 'dead-letters', ...flags]);
    expect(text.trimEnd().split('\n')).toHaveLength(wrong.length + 1);

    await evolve(`${bridge.topics.jobs}-value`, altered('status', { type: ['null', 'int', 'string'] }));
    const replay = (...more: string[]) =>
      nbwssBridge([
        'replay',
        '--credentials-token-directory',
        join(dirname(bridge.bridge.configFile), 'tokens'),
        ...flags,
        ...more,
      ]);
    const count = wrong.length + 1;
    expect(await replay('--dry-run')).toMatchObject({
      exitCode: 0,
      stderr: `${count} dead letter(s) would be sent, 0 sent before, 0 can not be sent\n`,
    });
    expect(await replay()).toMatchObject({
      exitCode: 0,
      stderr: `${count} dead letter(s) sent, 0 sent before, 0 can not be sent\n`,
    });
    // The marks are compressed, too.
    expect(await replay()).toMatchObject({
      exitCode: 0,
      stderr: `0 dead letter(s) sent, ${count} sent before, 0 can not be sent\n`,
    });
  },
);

interface Letter {
  readonly value: { readonly raw?: string };
}
