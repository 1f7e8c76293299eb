/**
 * The Kafka client, with two of its functions replaced by faster ones that give the same bytes
 * (docs/adr/0009-record-encoding.md). Everything here takes kafkajs from this file, so that they are in place before the client
 * has taken hold of its own.
 */
import { createRequire } from 'node:module';
import type client from 'kafkajs';
import crc32c from 'crc-32/crc32c.js';
import { encodeRecord, type EncodableRecord } from './record-encoding.ts';

type ClientRecord = Partial<Record<keyof EncodableRecord, unknown>>;
/** What the client asks of an encoded part. */
interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

const require = createRequire(import.meta.url);

replace('kafkajs/src/protocol/recordBatch/record/v0', (clients: (record: ClientRecord) => Encoded) => {
  return (record: ClientRecord) => {
    if (!isOurs(record)) return clients(record);
    const bytes = encodeRecord(record);
    return { buf: bytes, buffer: bytes };
  };
});
replace('kafkajs/src/protocol/recordBatch/crc32C', () => (bytes: Buffer) => crc32c.buf(bytes) >>> 0);

function replace<F>(path: string, by: (clients: F) => F): void {
  const clients = require(path) as F;
  const loaded = require.cache[require.resolve(path)];
  if (loaded !== undefined) loaded.exports = by(clients);
}

/** Consumers and other users of the client in this process may send what we never do. */
function isOurs(record: ClientRecord): record is EncodableRecord {
  const { key, value, headers } = record;
  if (!Buffer.isBuffer(key) || !Buffer.isBuffer(value)) return false;
  return (
    headers === undefined || Object.values(headers as object).every((header) => typeof header === 'string')
  );
}

export default require('kafkajs') as typeof client;
