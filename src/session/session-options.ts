import type { WebSocket } from 'ws';
import type { CodecLimits, ResponsePayload } from '../protocol/codec.ts';
import type { NotificationRequest } from '../protocol/message.ts';
import type { Credentials } from './credentials.ts';
import type { HeartbeatLimits } from './heartbeat.ts';
import type { Receipts } from './receipts.ts';
import type { SessionEvents } from './session-events.ts';
import type { Workshop } from './workshop.ts';

export interface SessionLimits extends CodecLimits, HeartbeatLimits {
  /** The n-th frame in a row without a readable id closes the connection. */
  readonly maxBadFrames: number;
  /** Answers that the peer doesn't read, in bytes. */
  readonly maxUnreadAnswerBytes: number;
}

export interface SessionOptions {
  readonly socket: WebSocket;
  /** The peer's address, for the log. */
  readonly remote: string;
  /** Of the connection, so far. */
  readonly bytesRead: () => number;
  /** Called before each answer: what follows in this turn of the event loop may be written with it. */
  readonly gatherWrites: () => void;
  readonly credentials: () => Credentials;
  /** Mutual TLS: whether the client's certificate names this primary. Asked with "" for a token of nobody. Default: any primary. */
  readonly mayBe?: (primary: string) => boolean;
  /** Resolves when the message may be answered. @param taken called once its records have taken their places, or can't */
  readonly deliver: (message: NotificationRequest, taken: () => void) => Promise<unknown>;
  readonly workshop: Workshop;
  readonly receipts: Receipts;
  /** Null, or a promise of the moment when the primary may send more. Never rejects; forgotten when `cancel` aborts. */
  readonly relief: (primary: string, cancel: AbortSignal) => Promise<void> | null;
  readonly responsePayload: ResponsePayload;
  readonly limits: SessionLimits;
  readonly events: SessionEvents;
  /** Unix ms. */
  readonly now: () => number;
  /** Asked once, when the token is right: whether the primary may have one more session. */
  readonly admit: (primary: string) => boolean;
  /** Called when the session is no longer read, because its primary is at its limits: they are those of all its sessions. */
  readonly onHeldBack: (primary: string) => void;
}
