/** Reads topics back with librdkafka and fastavro (read_topics.py), so that the code that wrote doesn't judge itself. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';

export interface ReadBack {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Unix ms. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly schemaId: number | null;
  /** Times are Unix ms, bytes are base64. */
  readonly value: Readonly<Record<string, unknown>> | null;
}

export interface ReadBackOptions {
  readonly bootstrapServers?: readonly string[];
  /** Waits for so many records; then it reads to the end all the same. Default: what is there. */
  readonly atLeast?: number;
}

/** How long records may take to appear, in s: they were confirmed before. */
const waitSeconds = 20;
const maxOutputBytes = 256 * 1024 * 1024;

/** Every record of the topics, in the order of topic, partition and offset. Rejects when there are fewer than `atLeast`. */
export async function readBack(
  topics: readonly string[],
  options: ReadBackOptions = {},
): Promise<ReadBack[]> {
  const { bootstrapServers = inject('bootstrapServers'), atLeast = 0 } = options;
  const script = join(import.meta.dirname, 'read_topics.py');
  const args = [bootstrapServers.join(','), inject('registryUrl'), String(atLeast), String(waitSeconds)];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile(
    'python3',
    [script, ...args, ...topics],
    {
      env: { ...process.env, PYTHONPATH: inject('readerPackages') },
      timeout: 2 * waitSeconds * 1000,
      maxBuffer: maxOutputBytes,
    },
    (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const count = stdout.split('\n').length - 1;
      return reject(
        new Error(
          error.code === 3
            ? `only ${count} of ${atLeast} records are in ${topics.join(', ')}`
            : `the reader failed: ${stderr}`,
          { cause: error },
        ),
      );
    },
  );
  const lines = (await promise).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as ReadBack);
}
