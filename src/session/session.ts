import type { WebSocket } from 'ws';
import {
  type CodecLimits,
  decodeMessage,
  encodeConnectResponse,
  encodeNotificationResponse,
  type ResponsePayload,
} from '../protocol/codec.ts';
import type { ConnectRequest, Message, NotificationRequest } from '../protocol/message.ts';
import type { Credentials } from './credentials.ts';
import { startHeartbeat } from './heartbeat.ts';

/** RFC 6455, 7.4.1. Never 1012 or 1013: Java clients turn those into protocol errors (protocol, connection rules). */
export const CloseCode = { goingAway: 1001, notConsistent: 1007, policy: 1008 } as const;

export interface SessionLimits extends CodecLimits {
  /** Before authentication a message may have that many bytes. */
  readonly maxUnauthenticatedBytes: number;
  /** The n-th frame in a row without a readable id closes the connection. */
  readonly maxBadFrames: number;
  /** Answers that the peer doesn't read, in bytes. */
  readonly maxUnreadAnswerBytes: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatMisses: number;
  /** How long a paused connection may stay silent: it reads no pong either. */
  readonly pausedTimeoutMs: number;
}

export interface SessionEvents {
  authenticated(primary: string, remote: string): void;
  refused(remote: string, reason: RefusalReason): void;
  received(primary: string, message: Message, bytes: number): void;
  answered(primary: string, receivedAt: number): void;
  paused(primary: string, active: boolean): void;
  /** @param byUs whether the bridge closed it; @param code RFC 6455, 7.4.1; 1006 where there was no close frame */
  closed(primary: string | null, remote: string, code: number, byUs: boolean): void;
  limitHit(limit: SessionLimit, remote: string): void;
}
export type RefusalReason = 'bad-token' | 'not-connect' | 'second-connect' | 'timeout';
export type SessionLimit =
  'bad-frames' | 'unread-answers' | 'heartbeat' | 'unauthenticated-bytes' | 'connect-time';

export interface SessionOptions {
  readonly socket: WebSocket;
  /** The peer's address, for the log. */
  readonly remote: string;
  readonly credentials: () => Credentials;
  /** Resolves when the message may be answered. */
  readonly deliver: (message: NotificationRequest) => Promise<unknown>;
  /** Null, or a promise of the moment when the primary may send more. */
  readonly relief: (primary: string) => Promise<void> | null;
  readonly responsePayload: ResponsePayload;
  readonly limits: SessionLimits;
  readonly events: SessionEvents;
  /** Unix ms. */
  readonly now: () => number;
  /** Called once when the token was accepted. */
  readonly onAuthenticated: (primary: string) => void;
}

type Phase =
  | { readonly is: 'connecting' }
  | { readonly is: 'open'; readonly primary: string; readonly connectId: string }
  | { readonly is: 'draining' }
  | { readonly is: 'closing' };

/** One NBWSS conversation on one WebSocket. */
export interface Session {
  /** Null until the token was accepted. */
  readonly primary: string | null;
  /** Closes the connection, because no CONNECT came in time. */
  expire(): void;
  /** From now on messages are passed over; what is in flight is still answered. */
  drain(): void;
  /** Closes with a code, behind the answers that were sent; a second call does nothing. */
  close(code: number, reason: string): void;
}

export function startSession(options: SessionOptions): Session {
  const { socket, remote, limits, events, now } = options;
  let phase: Phase = { is: 'connecting' };
  let badFrames = 0;
  let waitsForRelief = false;
  let authenticated: string | null = null;
  let closedByUs = false;

  const heartbeat = startHeartbeat(socket, limits, () => terminate('heartbeat'));
  socket.on('close', (code) => {
    heartbeat.stop();
    phase = { is: 'closing' };
    events.closed(authenticated, remote, code, closedByUs);
  });
  socket.on('message', (data: Buffer) => onMessage(data));

  return {
    get primary() {
      return authenticated;
    },
    expire() {
      if (phase.is !== 'connecting') return;
      events.limitHit('connect-time', remote);
      refuse('timeout', 'no CONNECT in time');
    },
    drain() {
      if (phase.is === 'open') phase = { is: 'draining' };
    },
    close,
  };

  function onMessage(frame: Buffer): void {
    switch (phase.is) {
      case 'connecting':
        return onFirstMessage(frame);
      case 'open':
        return onNextMessage(frame, phase.primary, phase.connectId);
      case 'draining':
      case 'closing':
        // NetBackup sends again what isn't answered, then to our successor.
        return;
    }
  }

  /** Nothing is decoded, written or spent before a CONNECT with a known token. */
  function onFirstMessage(frame: Buffer): void {
    if (frame.length > limits.maxUnauthenticatedBytes) {
      events.limitHit('unauthenticated-bytes', remote);
      return refuse('not-connect', 'CONNECT expected');
    }
    const message = decodeMessage(frame, now(), limits);
    if (message.kind !== 'connect') return refuse('not-connect', 'CONNECT expected');
    const primary = options.credentials().authenticate(message.token);
    socket.send(encodeConnectResponse(message.id, primary !== null, now()));
    if (primary === null) return refuse('bad-token', 'token refused');
    authenticated = primary;
    phase = { is: 'open', primary, connectId: message.id };
    options.onAuthenticated(primary);
    events.authenticated(primary, remote);
  }

  function onNextMessage(frame: Buffer, primary: string, connectId: string): void {
    const message = decodeMessage(frame, now(), limits);
    events.received(primary, message, frame.length);
    switch (message.kind) {
      case 'connect':
        return onConnectAgain(message, connectId);
      case 'ignored':
        return;
      case 'notification':
      case 'rejected':
        if (message.id === null) badFrames++;
        else badFrames = 0;
        deliver({ ...message, primary }, message.id);
        if (badFrames >= limits.maxBadFrames) {
          events.limitHit('bad-frames', remote);
          close(CloseCode.notConsistent, `${badFrames} frames in a row without a readable id`);
        }
    }
  }

  function onConnectAgain(message: ConnectRequest, connectId: string): void {
    if (message.id === connectId) send(encodeConnectResponse(message.id, true, now()));
    else refuse('second-connect', 'connected already');
  }

  function deliver(message: NotificationRequest, id: string | null): void {
    const answer = () => {
      if (id === null || (phase.is !== 'open' && phase.is !== 'draining')) return;
      send(encodeNotificationResponse(id, options.responsePayload, now()));
      events.answered(message.primary, message.receivedAt);
    };
    // The pipeline tells why a delivery failed; here failure is silence, and NetBackup sends the message again.
    options.deliver(message).then(answer, () => {});
    void holdBack(message.primary);
  }

  /** Back-pressure: the socket isn't read while the primary is at its limits. */
  async function holdBack(primary: string): Promise<void> {
    if (waitsForRelief) return;
    for (let relief = options.relief(primary); relief !== null; relief = options.relief(primary)) {
      if (!waitsForRelief) events.paused(primary, true);
      waitsForRelief = true;
      socket.pause();
      heartbeat.pause();
      await relief;
    }
    if (!waitsForRelief) return;
    waitsForRelief = false;
    events.paused(primary, false);
    heartbeat.resume();
    socket.resume();
  }

  function send(text: string): void {
    socket.send(text);
    if (socket.bufferedAmount <= limits.maxUnreadAnswerBytes) return;
    terminate('unread-answers');
  }

  function terminate(limit: SessionLimit): void {
    closedByUs = true;
    events.limitHit(limit, remote);
    socket.terminate();
  }

  function refuse(reason: RefusalReason, text: string): void {
    events.refused(remote, reason);
    close(CloseCode.policy, text);
  }

  function close(code: number, reason: string): void {
    if (phase.is === 'closing' && closedByUs) return;
    phase = { is: 'closing' };
    closedByUs = true;
    socket.close(code, reason);
    // A paused socket would never read the peer's close frame.
    socket.resume();
  }
}
