import type { ServerOptions } from 'ws';

export interface WebSocketLimits {
  readonly maxPayloadBytes: number;
  readonly maxFragments: number;
}

/** How long a peer may take to answer our close frame, in ms. */
export const closeTimeoutMs = 2000;

/**
 * Pieces (TLS records) of a frame that is not whole yet: one of 8 MiB in the smallest that a path in good order makes, some 500 bytes.
 * `ws` allows 262,144, each of them memory of its own, and takes them out of its list one by one, which blocks the process the longer
 * the list is: 16 s for 200,000 single bytes, 0.1 s for this many (measured).
 */
const maxPieces = 16_384;

/** How `ws` speaks to every peer. The conformance suite runs against an endpoint with these, so that it judges what NetBackup meets. */
export function webSocketOptions(limits: WebSocketLimits): ServerOptions & { closeTimeout: number } {
  // Not all of them are in the type definitions.
  return {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // The session answers pings itself, to bound the pongs that a peer doesn't read.
    autoPong: false,
    maxPayload: limits.maxPayloadBytes,
    maxFragments: limits.maxFragments,
    maxBufferedChunks: maxPieces,
    closeTimeout: closeTimeoutMs,
  };
}
