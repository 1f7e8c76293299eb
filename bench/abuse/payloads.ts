/** The dearest messages that a primary could send within the limit on payloads. */
import { message } from './wire.ts';

/** @param bytes how long the message may be */
export function wideEntries(entries: number, bytes: number): string {
  const note = 'x'.repeat(Math.floor(bytes / entries) - 60);
  const data = Array.from({ length: entries }, (_, jobId) => ({ jobId, clientName: 'client', note }));
  return message('NOTIFICATION', [{ object: 'JOB', data }]);
}

export function deepNesting(bytes: number): string {
  const levels = bytes / 2 - 100;
  return message('NOTIFICATION', '@').replace('"@"', '['.repeat(levels) + ']'.repeat(levels));
}

export function manyKeys(bytes: number): string {
  const keys = Array.from({ length: bytes / 16 }, (_, n) => `"key${n}":1`).join(',');
  return message('NOTIFICATION', '@').replace('"@"', `[],${keys}`);
}
