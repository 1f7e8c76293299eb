import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { fileFaultOf, UsageError } from '../errors.ts';
import { newMessageId, nowSeconds, type PreparedMessage } from './message.ts';

/** A NOTIFICATION REQUEST of a file, as parsed: numbers beyond 2^53 lose their last digits. */
export interface Sample {
  readonly file: string;
  readonly envelope: Readonly<Record<string, unknown>>;
}

/** The fields that hold Unix seconds, in the envelope and in the entries. */
const timeFields = ['timeStamp', 'startTime', 'backupTime', 'createdTime'] as const;

/**
 * Reads message files: every `*.json` of a folder in the order of their names, or a single file, one message in each.
 * Whatever isn't a NOTIFICATION REQUEST (such as the samples of CONNECT) is left out.
 * @throws UsageError when a file can't be read or isn't JSON, or no notification is among them.
 */
export async function readSamples(path: string): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const file of await jsonFiles(path)) {
    const envelope = await readObject(file);
    if (envelope['type'] === 'NOTIFICATION' && envelope['subType'] === 'REQUEST')
      samples.push({ file, envelope });
  }
  if (samples.length > 0) return samples;
  throw new UsageError(`no message of type NOTIFICATION and subType REQUEST in the *.json of ${path}`);
}

async function jsonFiles(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path);
    return names
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .map((name) => join(path, name));
  } catch (error) {
    throw new UsageError(`can't read the samples in ${path}: ${fileFaultOf(error)}`);
  }
}

async function readObject(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (isObject(value)) return value;
  } catch (error) {
    throw new UsageError(`${file} is no JSON file: ${fileFaultOf(error)}`);
  }
  throw new UsageError(`${file} must hold one JSON object: a message`);
}

/**
 * Makes a message of a sample, with a fresh id. With `shiftTo` (Unix seconds) all its times move by the same offset, so
 * that `timeStamp` becomes that and every difference stays; a backupId's `_<backupTime>` ending follows its backupTime.
 */
export function prepareSample(sample: Sample, shiftTo: number | null = nowSeconds()): PreparedMessage {
  const { envelope } = sample;
  const id = newMessageId();
  const sentAt = envelope['timeStamp'];
  const offset = shiftTo === null || !isInteger(sentAt) ? 0 : shiftTo - sentAt;
  const frame = Buffer.from(JSON.stringify({ ...shifted(envelope, offset), id }));
  return { id, frame, entries: countEntries(envelope['payload']) };
}

function shifted(value: Readonly<Record<string, unknown>>, offset: number): Record<string, unknown> {
  const moved = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, shiftedInside(inner, offset)]),
  );
  for (const field of timeFields) {
    const time = value[field];
    if (isInteger(time)) moved[field] = time + offset;
  }
  const { backupId, backupTime } = value;
  if (typeof backupId === 'string' && isInteger(backupTime) && backupId.endsWith(`_${backupTime}`)) {
    moved['backupId'] = `${backupId.slice(0, -String(backupTime).length)}${backupTime + offset}`;
  }
  return moved;
}

function shiftedInside(value: unknown, offset: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shiftedInside(item, offset));
  return isObject(value) ? shifted(value, offset) : value;
}
function countEntries(payload: unknown): number {
  if (!Array.isArray(payload)) return 0;
  const lists = payload.map((notification: unknown) =>
    isObject(notification) ? notification['data'] : undefined,
  );
  return lists.reduce<number>((sum, data) => sum + (Array.isArray(data) ? data.length : 0), 0);
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
