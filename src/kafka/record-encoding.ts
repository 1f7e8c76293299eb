/** A record as the client's encoder gives it, with what the bridge sends: buffers, and texts as headers. */
export interface EncodableRecord {
  readonly offsetDelta: number;
  /** In ms; may be below 0. */
  readonly timestampDelta: number;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * One record in Kafka's record format (KIP-98, magic 2): length, attributes, timestamp and offset delta, key, value and headers, all
 * lengths and deltas as zig-zag varints. Measured before it is written, so that it takes one buffer and one pass.
 */
export function encodeRecord(record: EncodableRecord): Buffer {
  const { key, value } = record;
  const timestampDelta = zigZag(record.timestampDelta);
  const offsetDelta = zigZag(record.offsetDelta);
  const keyLength = zigZag(key.length);
  const valueLength = zigZag(value.length);
  const headers = record.headers === undefined ? noHeaders : Object.entries(record.headers);
  const headerCount = zigZag(headers.length);

  let bodyLength = attributesBytes + sizeOf(timestampDelta) + sizeOf(offsetDelta) + sizeOf(headerCount);
  bodyLength += sizeOf(keyLength) + key.length + sizeOf(valueLength) + value.length;
  for (const [name, text] of headers) bodyLength += sizeOfText(name) + sizeOfText(text);
  const length = zigZag(bodyLength);

  const bytes = Buffer.allocUnsafe(sizeOf(length) + bodyLength);
  let at = writeVarint(bytes, 0, length);
  bytes[at++] = 0;
  at = writeVarint(bytes, at, timestampDelta);
  at = writeVarint(bytes, at, offsetDelta);
  at = writeVarint(bytes, at, keyLength);
  bytes.set(key, at);
  at = writeVarint(bytes, at + key.length, valueLength);
  bytes.set(value, at);
  at = writeVarint(bytes, at + value.length, headerCount);
  for (const [name, text] of headers) at = writeText(bytes, writeText(bytes, at, name), text);
  return bytes;
}

/** The attributes of a record are unused: always 0. */
const attributesBytes = 1;
const noHeaders: readonly [string, string][] = [];

/** Small numbers of either sign as small positive ones; without bit operations, which know 32 bits only. */
function zigZag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}

function sizeOf(varint: number): number {
  let bytes = 1;
  for (let rest = varint; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function sizeOfText(text: string): number {
  const bytes = Buffer.byteLength(text);
  return sizeOf(zigZag(bytes)) + bytes;
}

/** @returns the place after it */
function writeVarint(bytes: Buffer, start: number, varint: number): number {
  let at = start;
  let rest = varint;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) + 128;
  bytes[at++] = rest;
  return at;
}

function writeText(bytes: Buffer, start: number, text: string): number {
  const at = writeVarint(bytes, start, zigZag(Buffer.byteLength(text)));
  return at + bytes.write(text, at);
}
