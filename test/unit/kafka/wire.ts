/** The types of Kafka's protocol, written and read by hand: what is tested must not be its own yardstick. */

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

export function text(value: string | null): Buffer {
  if (value === null) return int16(-1);
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}

export function array<T>(items: readonly T[], each: (item: T) => readonly Buffer[]): Buffer {
  return Buffer.concat([int32(items.length), ...items.flatMap(each)]);
}

export interface WireReader {
  byte(): Buffer;
  int16(): number;
  int32(): number;
  int64(): bigint;
  text(): string | null;
  /** With their length before them. */
  bytes(): Buffer;
  /** Null for the array that isn't there. */
  array<T>(each: () => T): T[] | null;
  /** What hasn't been read. */
  rest(): Buffer;
}

export function readerOf(bytes: Buffer): WireReader {
  let end = 0;
  const take = (count: number) => {
    if (end + count > bytes.length) throw new Error(`${count} bytes are missing at ${end}`);
    end += count;
    return bytes.subarray(end - count, end);
  };
  const reader: WireReader = {
    byte: () => take(1),
    int16: () => take(2).readInt16BE(),
    int32: () => take(4).readInt32BE(),
    int64: () => take(8).readBigInt64BE(),
    text() {
      const length = reader.int16();
      return length < 0 ? null : take(length).toString();
    },
    bytes: () => take(reader.int32()),
    array(each) {
      const length = reader.int32();
      return length < 0 ? null : Array.from({ length }, each);
    },
    rest: () => bytes.subarray(end),
  };
  return reader;
}
