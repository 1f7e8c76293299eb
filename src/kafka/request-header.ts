/** What the header of a request takes: length, API, version, correlation id, and the client's name behind its length. */
export function headerBytes(clientId: string): number {
  return 4 + 2 + 2 + 4 + 2 + Buffer.byteLength(clientId);
}

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string;
}

/** Kafka's request header, version 1, at the beginning of a frame that is complete otherwise. */
export function writeHeader(
  frame: Buffer,
  { apiKey, apiVersion, correlationId, clientId }: RequestHeader,
): void {
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt16BE(apiKey, 4);
  frame.writeInt16BE(apiVersion, 6);
  frame.writeInt32BE(correlationId, 8);
  frame.writeInt16BE(Buffer.byteLength(clientId), 12);
  frame.write(clientId, 14);
}
