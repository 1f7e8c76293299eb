import type { ViolationKind } from './answer.ts';

/** Why an attempt to connect came to nothing, as stable codes. */
export type ConnectFailure =
  | 'name-not-found'
  | 'connection-refused'
  | 'unreachable'
  | 'certificate'
  | 'tls'
  | 'http-status'
  | 'not-websocket'
  | 'closed'
  | 'bad-connect-response'
  | 'timeout'
  | 'stopped';

/** The outcome of one attempt: `refused` is the endpoint's `valid: false`. */
export type ConnectResult =
  | { readonly outcome: 'established'; readonly durationMs: number }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'failed'; readonly reason: ConnectFailure; readonly detail: string };

/** What a simulator tells while it runs. */
export type SimulatorEvent =
  | { readonly type: 'connect'; readonly result: ConnectResult }
  | { readonly type: 'disconnected'; readonly code: number; readonly reason: string }
  | { readonly type: 'resent'; readonly id: string; readonly requests: number }
  | { readonly type: 'violation'; readonly kind: ViolationKind; readonly detail: string }
  | { readonly type: 'command'; readonly id: string };
