import type { ServerOptions } from 'ws';

export interface WebSocketLimits {
  readonly maxPayloadBytes: number;
  readonly maxFragments: number;
}

/** How long a peer may take to answer our close frame, in ms. */
export const closeTimeoutMs = 2000;

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
    closeTimeout: closeTimeoutMs,
  };
}
