/** Reads single values with Confluent's Python deserializer and fastavro (read_values.py), each with a reader's schema of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';

export interface ValueToRead {
  /** In Confluent wire format; the registry has the schema of its id. */
  readonly value: Buffer;
  /** The reader's schema, as JSON text. */
  readonly reader: string;
}

/** Times are Unix ms, bytes are base64. */
export type ReadValue =
  | { readonly value: Readonly<Record<string, unknown>> }
  /** The reader's schema doesn't resolve with the writer's. */
  | { readonly error: string };

/** How long it may take, in ms: Python starts in 1 s on a loaded machine. */
const boundMs = 30_000;

/** Rejects for anything but a schema that doesn't resolve. */
export async function readValues(values: readonly ValueToRead[]): Promise<ReadValue[]> {
  const script = join(import.meta.dirname, 'read_values.py');
  const child = spawn('python3', [script, inject('registryUrl')], {
    env: { ...process.env, PYTHONPATH: inject('readerPackages'), PYTHONDONTWRITEBYTECODE: '1' },
    signal: AbortSignal.timeout(boundMs),
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  child.stdin.end(
    JSON.stringify(values.map(({ value, reader }) => ({ value: value.toString('base64'), reader }))),
  );
  const [answer, said, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`the reader failed: ${said}`);
  return JSON.parse(answer) as ReadValue[];
}
