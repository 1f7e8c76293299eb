/**
 * Passes on what arrives on one connection in whole frames only (Kafka's framing: a length of 4 bytes, big-endian, and so many bytes). The
 * client keeps what it has read of a frame when its connection breaks, and takes the first bytes of the next connection for the
 * rest of it (tulios/kafkajs#715): from then on it misreads everything, hangs, or throws where nobody can catch it.
 */
export function wholeFrames(take: (frames: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let have = 0;
  let need = lengthBytes;
  return (chunk) => {
    chunks.push(chunk);
    have += chunk.length;
    if (have < need) return;
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    let end = 0;
    for (;;) {
      const known = bytes.length - end >= lengthBytes;
      need = lengthBytes + (known ? Math.max(0, bytes.readInt32BE(end)) : 0);
      if (bytes.length - end < need) break;
      end += need;
    }
    const rest = bytes.subarray(end);
    chunks = rest.length === 0 ? [] : [rest];
    have = rest.length;
    if (end > 0) take(bytes.subarray(0, end));
  };
}

/** @param frames whole ones */
export function countFrames(frames: Buffer): number {
  let count = 0;
  for (let at = 0; at < frames.length; at += lengthBytes + Math.max(0, frames.readInt32BE(at))) count++;
  return count;
}

const lengthBytes = 4;
