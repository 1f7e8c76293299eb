/** Kafka's framing: each request and response is preceded by its length (4 bytes, big-endian), which does not count itself. */

/** Takes the chunks of one direction and gives whole frames, their length included, in order. */
export function frameSplitter(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let have = 0;
  let need = 4;
  return (chunk) => {
    chunks.push(chunk);
    have += chunk.length;
    if (have < need) return;
    let rest: Buffer = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    for (;;) {
      need = rest.length < 4 ? 4 : 4 + rest.readInt32BE(0);
      if (rest.length < need) break;
      onFrame(rest.subarray(0, need));
      rest = rest.subarray(need);
    }
    chunks = [rest];
    have = rest.length;
  };
}

const produceApiKey = 0;
const saslHandshakeApiKey = 17;
/** Where a frame has its correlation id, by which alone a response names its request. */
const idAt = { request: 8, response: 4 } as const;

/** A Produce response (versions 1 to 8) without any topic: correlation id, no topics, no throttling. @param to what it answers, or replaces */
export function emptyProduceResponse(to: Buffer, kind: 'request' | 'response'): Buffer {
  const response = Buffer.alloc(16);
  response.writeInt32BE(12, 0);
  response.writeInt32BE(to.readInt32BE(idAt[kind]), idAt.response);
  return response;
}

/** Whether an authentication begins with it. */
export function isHandshake(request: Buffer): boolean {
  return request.readInt16BE(4) === saslHandshakeApiKey;
}

/** What a Produce response (versions 1 to 8) asks its client to wait for, in ms: its last field. */
export function throttleMsIn(response: Buffer): number {
  return response.readInt32BE(response.length - 4);
}

/** The Produce requests of one connection. */
export interface ProduceRequests {
  /** How many partitions the request carries; 0 for another kind of request. */
  sent(request: Buffer): number;
  /** How many partitions the request carried that this response answers; 0 for another kind, and when it is asked again. */
  answered(response: Buffer): number;
}

export function produceRequests(): ProduceRequests {
  const open = new Map<number, number>();
  return {
    sent(request) {
      if (request.readInt16BE(4) !== produceApiKey) return 0;
      const partitions = partitionsIn(request);
      open.set(request.readInt32BE(idAt.request), partitions);
      return partitions;
    },
    answered(response) {
      const id = response.readInt32BE(idAt.response);
      const partitions = open.get(id) ?? 0;
      open.delete(id);
      return partitions;
    },
  };
}

/** @param request Produce, versions 3 to 8 */
function partitionsIn(request: Buffer): number {
  let at = idAt.request + 4;
  const skip = (bytes: number) => void (at += bytes);
  const int32 = () => {
    skip(4);
    return request.readInt32BE(at - 4);
  };
  const skipText = () => skip(2 + Math.max(0, request.readInt16BE(at)));
  // Client id, transactional id; acks and timeout.
  skipText();
  skipText();
  skip(2 + 4);
  let partitions = 0;
  for (let topics = int32(); topics > 0; topics--) {
    skipText();
    for (let ofTopic = int32(); ofTopic > 0; ofTopic--) {
      skip(4);
      skip(int32());
      partitions++;
    }
  }
  return partitions;
}
