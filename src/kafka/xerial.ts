/**
 * How Java clients and brokers wrap snappy: a header of 16 bytes (magic, version, lowest version), then blocks with their length before them
 * (snappy-java, SnappyCodec). Other clients write one block without any of that.
 */

const magic = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0]);
const headerBytes = 16;
const lengthBytes = 4;

/** The blocks of snappy in what a batch holds. @throws RangeError where a block is cut off */
export function* unframed(bytes: Buffer): Generator<Buffer> {
  if (!bytes.subarray(0, magic.length).equals(magic)) {
    yield bytes;
    return;
  }
  for (let at = headerBytes; at < bytes.length;) {
    const start = at + lengthBytes;
    const end = start <= bytes.length ? start + bytes.readInt32BE(at) : Infinity;
    if (end < start || end > bytes.length) throw new RangeError(`its block at ${at} is cut off`);
    yield bytes.subarray(start, end);
    at = end;
  }
}
