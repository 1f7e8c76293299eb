/**
 * Passes on what arrives on one connection in whole frames only (Kafka's framing: a length of 4 bytes, big-endian, and so many bytes). The
 * client keeps what it has read of a frame when its connection breaks, and takes the first bytes of the next connection for the
 * rest of it (tulios/kafkajs#715): from then on it misreads everything, hangs, or throws where nobody can catch it.
 * @param onNonsense told, once, of a length that no answer of Kafka's can have; nothing is passed on from then
 */
export function wholeFrames(
  take: (frames: Buffer) => void,
  onNonsense: (length: number) => void = () => {},
): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let have = 0;
  let need = lengthBytes;
  let isNonsense = false;
  return (chunk) => {
    if (isNonsense) return;
    chunks.push(chunk);
    have += chunk.length;
    if (have < need) return;
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    let end = 0;
    for (;;) {
      const length = bytes.length - end < lengthBytes ? 0 : bytes.readInt32BE(end);
      need = lengthBytes + length;
      isNonsense = bytes.length - end >= lengthBytes && (length < leastBytes || length > mostBytes);
      if (isNonsense || bytes.length - end < need) break;
      end += need;
    }
    const rest = bytes.subarray(end);
    chunks = rest.length === 0 ? [] : [rest];
    have = rest.length;
    if (end > 0) take(bytes.subarray(0, end));
    if (!isNonsense) return;
    chunks = [];
    onNonsense(rest.readInt32BE(0));
  };
}

/** @param frames whole ones */
export function countFrames(frames: Buffer): number {
  let count = 0;
  for (let at = 0; at < frames.length; at += lengthBytes + Math.max(0, frames.readInt32BE(at))) count++;
  return count;
}

const lengthBytes = 4;
/** Of a correlation id alone, and far above what a broker sends to the bridge's consumers at a time. */
const leastBytes = 4;
const mostBytes = 256 * 1024 * 1024;
