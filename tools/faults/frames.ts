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

export function isProduce(request: Buffer): boolean {
  return request.readInt16BE(4) === produceApiKey;
}

/** A Produce response (versions 1 to 8) without any topic: correlation id, no topics, no throttling. */
export function emptyProduceResponse(request: Buffer): Buffer {
  const response = Buffer.alloc(16);
  response.writeInt32BE(12, 0);
  request.copy(response, 4, 8, 12);
  return response;
}

/** Which responses of one connection answer a Produce request: a response names its request by correlation id only. */
export interface ProduceResponses {
  request(frame: Buffer): void;
  /** Whether this response answers a Produce request; asking again says no. */
  answersProduce(frame: Buffer): boolean;
}

export function produceResponses(): ProduceResponses {
  const open = new Set<number>();
  return {
    request(frame) {
      if (isProduce(frame)) open.add(frame.readInt32BE(8));
    },
    answersProduce: (frame) => open.delete(frame.readInt32BE(4)),
  };
}
