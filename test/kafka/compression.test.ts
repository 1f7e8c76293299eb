import { expect, test } from 'vitest';
import { startTestBridge, stackFlags } from '../helpers/bridge.ts';
import { outputOf } from '../helpers/command.ts';
import { envelope, image, images, job, jobs } from '../helpers/messages.ts';

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
