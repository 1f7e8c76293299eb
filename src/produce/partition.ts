/**
 * The partition that Kafka's Java clients choose for a key, so that other producers and joins agree with ours
 * (`BuiltInPartitioner.partitionForKey`: positive murmur2 of the key, modulo the number of partitions).
 */
export function partitionFor(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

const seed = 0x9747b28c;
const m = 0x5bd1e995;
const r = 24;

/** Murmur2, 32 bits, as in Kafka's `Utils.murmur2`. Linear in the key's length. @returns a signed 32-bit integer */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  const tail = length & ~3;
  let h = seed ^ length;
  for (let i = 0; i < tail; i += 4) {
    let k = at(data, i) | (at(data, i + 1) << 8) | (at(data, i + 2) << 16) | (at(data, i + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> r;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const left = length - tail;
  if (left >= 3) h ^= at(data, tail + 2) << 16;
  if (left >= 2) h ^= at(data, tail + 1) << 8;
  if (left >= 1) h = Math.imul(h ^ at(data, tail), m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  h ^= h >>> 15;
  return h;
}

function at(data: Uint8Array, index: number): number {
  return data[index] as number;
}
