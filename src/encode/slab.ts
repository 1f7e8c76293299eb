import type { Type } from 'avsc';

/** Records are written one behind the other into one piece of memory: a buffer each would cost more than the encoding. */
const slabBytes = 64 * 1024;
const headerBytes = 5;

/** Writes one value in Confluent wire format: 0x00, the schema id as 4 bytes big-endian, the Avro body. */
export type WriteValue = (schemaId: number, type: Type, value: unknown) => Buffer;

/** @returns a writer with memory of its own; what it returned stays valid */
export function createSlabWriter(): WriteValue {
  let slab = Buffer.allocUnsafeSlow(slabBytes);
  let position = 0;

  return (schemaId, type, value) => {
    // avsc says how many bytes are missing where the value doesn't fit; a value of 64 KiB gets memory of its own size.
    if (slab.length - position <= headerBytes) renew(slabBytes);
    let end = type.encode(value, slab, position + headerBytes);
    if (end < 0) {
      renew(Math.max(slabBytes, slab.length - position - end));
      end = type.encode(value, slab, headerBytes);
    }
    slab[position] = 0;
    slab.writeInt32BE(schemaId, position + 1);
    const written = slab.subarray(position, end);
    position = end;
    return written;
  };

  function renew(bytes: number): void {
    slab = Buffer.allocUnsafeSlow(bytes);
    position = 0;
  }
}
