import { type CodecLimits, decodeMessage } from '../../src/protocol/codec.ts';
import type { Message, NotificationRequest } from '../../src/protocol/message.ts';

/** When the messages of the tests are stamped (Unix s), and when they arrive (Unix ms). */
export const stampedAt = 1_760_000_000;
export const arrivedAt = stampedAt * 1000 + 2_345;

export const limits: CodecLimits = { maxEntries: 1_000, maxValues: 400_000, maxDepth: 32, maxNames: 10_000 };

export const job = {
  jobId: 146,
  parentJobId: 145,
  jobType: 'BACKUP',
  state: 'DONE',
  status: 0,
  startTime: 1_760_018_000,
  clientName: 'client-a',
  policyName: 'nightly',
  policyType: 'VMWARE',
  scheduleType: 'ST_FULL',
};

export const image = {
  backupId: 'client-a_1759999000',
  backupTime: 1_759_999_000,
  createdTime: 1_760_018_000,
  operationId: 'CREATE',
  clientName: 'client-a',
  clientType: 'VMWARE',
};

export function jobs(...data: unknown[]) {
  return { notificationType: 'INFO', object: 'JOB', data };
}

export function images(...data: unknown[]) {
  return { notificationType: 'INFO', object: 'IMAGE', data };
}

/** A NOTIFICATION REQUEST; a field that is overridden by undefined is left out. */
export function envelope(payload: unknown, overrides: Record<string, unknown> = {}) {
  return {
    version: '1.0',
    id: 'EDD85CD7-8555-47E4-8A19-01C35093F220',
    type: 'NOTIFICATION',
    subType: 'REQUEST',
    timeStamp: stampedAt,
    payload,
    ...overrides,
  };
}

/** The text of a NOTIFICATION REQUEST whose payload is JSON text already: for what JSON.stringify can't write. */
export function envelopeText(payload: string, id = '"M1"'): string {
  return `{"version":"1.0","id":${id},"type":"NOTIFICATION","subType":"REQUEST","timeStamp":${stampedAt},"payload":${payload}}`;
}

/** The text of a message with one JOB notification whose entries are JSON text already. */
export function jobsText(...entries: string[]): string {
  return envelopeText(`[{"notificationType":"INFO","object":"JOB","data":[${entries.join(',')}]}]`);
}

type Sendable = string | Buffer | object;

export function frameOf(sent: Sendable): Buffer {
  if (Buffer.isBuffer(sent)) return sent;
  return Buffer.from(typeof sent === 'string' ? sent : JSON.stringify(sent));
}

/** What the codec makes of a frame. */
export function receive(sent: Sendable, receivedAt = arrivedAt, codec: CodecLimits = limits): Message {
  return decodeMessage(frameOf(sent), receivedAt, codec);
}

/** What a session of "primary1" hands on; throws where it would hand on nothing. */
export function requestOf(sent: Sendable, primary = 'primary1', receivedAt = arrivedAt): NotificationRequest {
  const message = receive(sent, receivedAt);
  if (message.kind === 'notification' || message.kind === 'rejected') return { ...message, primary };
  throw new Error(`a session hands on no message of kind ${message.kind}`);
}
