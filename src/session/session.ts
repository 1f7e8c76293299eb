import { decodeMessage, encodeConnectResponse, encodeNotificationResponse } from '../protocol/codec.ts';
import type { ConnectRequest, Message, NotificationRequest } from '../protocol/message.ts';
import { createBackPressure } from './back-pressure.ts';
import { CloseCode } from './close-code.ts';
import type { Identity } from './credentials.ts';
import { startHeartbeat } from './heartbeat.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createOutgoing } from './outgoing.ts';
import { createReading } from './reading.ts';
import { isEmpty, isProbe, probeEvents } from './probe.ts';
import type { RefusalReason, SessionLimit } from './session-events.ts';
import type { SessionOptions } from './session-options.ts';
import { takeTurns } from './turns.ts';
import { violationOf } from './violation.ts';

type Phase =
  | { readonly is: 'connecting' }
  | { readonly is: 'open'; readonly primary: string; readonly connectId: string; readonly inbox: Inbox }
  | { readonly is: 'draining' }
  | { readonly is: 'closing' };

/** One NBWSS conversation on one WebSocket. */
export interface Session {
  /** Null until the token was accepted. */
  readonly primary: string | null;
  /** The same, with the token that it came by. */
  readonly identity: Identity | null;
  /** So many bytes have come, and `ws` is about to see them. */
  receive(bytes: number): void;
  /** Closes the connection, because no CONNECT came in time. */
  expire(): void;
  /** Its primary has come to its limits by another session: it isn't read any further either. */
  holdBack(): void;
  /** From now on messages are passed over; what is in flight is still answered. Without a CONNECT it closes with 1001. */
  drain(): void;
  /** Closes with a code, behind the answers that were sent; a second call does nothing. */
  close(code: number, reason: string): void;
  /** Ends the connection at once and without a close frame: the peer went beyond a limit, and may not even read one. */
  cut(limit: SessionLimit): void;
}

/** Starts the conversation on an upgraded socket: waits for its CONNECT, which only the gate bounds in time. */
export function startSession(options: SessionOptions): Session {
  const { socket, remote, limits, now } = options;
  let { events } = options;
  let phase: Phase = { is: 'connecting' };
  let badFrames = 0;
  let identity: Identity | null = null;
  /** Null unless it was the bridge that closed. */
  let ourCode: number | null = null;

  const heartbeat = startHeartbeat(socket, options.bytesRead, limits, () => cut('heartbeat'));
  const reading = createReading(socket, heartbeat);
  const backPressure = createBackPressure({
    reading,
    relief: options.relief,
    onChange(primary, paused) {
      events.paused(primary, paused);
      if (paused) options.onHeldBack(primary);
    },
  });
  const { send, pong } = createOutgoing({
    socket,
    gatherWrites: options.gatherWrites,
    maxUnreadBytes: limits.maxUnreadAnswerBytes,
    onUnread: () => cut('unread-answers'),
  });
  socket.on('message', (data: Buffer) => onMessage(data));
  socket.on('ping', pong);
  socket.on('error', onViolation);
  takeTurns(socket, reading);
  socket.on('close', (code) => {
    end();
    events.closed(identity?.primary ?? null, remote, ourCode ?? code, ourCode !== null);
  });

  return {
    get primary() {
      return identity?.primary ?? null;
    },
    get identity() {
      return identity;
    },
    receive(bytes) {
      if (phase.is === 'open') phase.inbox.receive(bytes);
    },
    expire() {
      if (phase.is !== 'connecting') return;
      events.limitHit('connect-time', remote);
      refuse('timeout', 'no CONNECT in time');
    },
    holdBack() {
      if (phase.is === 'open') backPressure.check(phase.primary);
    },
    drain() {
      if (phase.is === 'open') {
        phase.inbox.close();
        phase = { is: 'draining' };
      } else if (phase.is === 'connecting') close(CloseCode.goingAway, 'the bridge stops');
    },
    close,
    cut,
  };

  function onMessage(frame: Buffer): void {
    switch (phase.is) {
      case 'connecting':
        return onFirstMessage(frame);
      case 'open':
        return phase.inbox.take(frame);
      case 'draining':
      case 'closing':
        // NetBackup sends again what isn't answered, then to our successor.
        return;
    }
  }

  /**
   * Nothing is written or spent before a CONNECT with a known token. Whatever a CONNECT is refused for, the same is done and
   * answered: a stranger can't tell a token that exists from one that doesn't.
   */
  function onFirstMessage(frame: Buffer): void {
    const message = decodeMessage(frame, now(), limits);
    if (message.kind !== 'connect') return refuse('not-connect', 'CONNECT expected');
    const found = options.credentials().authenticate(message.token);
    const primary = found?.primary ?? '';
    const isNamed = options.mayBe?.(primary) ?? true;
    const valid = found !== null && isNamed;
    // Without an answer: `valid: false` would say that the token is wrong.
    if (valid && !options.admit(primary)) return refuse('too-many-sessions', 'too many sessions', primary);
    send(encodeConnectResponse(message.id, valid, now()));
    if (found === null) return refuse('bad-token', 'token refused');
    if (!valid) return refuse('certificate-mismatch', 'token refused', primary);
    identity = found;
    if (isProbe(primary)) events = probeEvents(events);
    phase = { is: 'open', primary, connectId: message.id, inbox: inboxOf(primary) };
    events.authenticated(primary, remote);
    backPressure.check(primary);
  }

  function inboxOf(primary: string): Inbox {
    const handle = (message: Message, bytes: number, taken: () => void) => {
      if (phase.is === 'open') onNextMessage(message, bytes, phase, taken);
      else taken();
    };
    const { workshop, receipts } = options;
    return createInbox({ primary, reading, workshop, receipts, limits, now, handle });
  }

  /** @param taken called when the next message may be taken */
  function onNextMessage(
    message: Message,
    bytes: number,
    { primary, connectId }: Extract<Phase, { is: 'open' }>,
    taken: () => void,
  ): void {
    events.received(primary, message, bytes);
    badFrames = message.id === null ? badFrames + 1 : 0;
    switch (message.kind) {
      case 'connect':
        taken();
        return onConnectAgain(message, connectId);
      case 'ignored':
        return taken();
      case 'notification':
      case 'rejected':
        if (isProbe(primary) && !isEmpty({ ...message, primary })) {
          taken();
          return refuse('probe-with-entries', 'a probe sends empty notifications only');
        }
        void deliver({ ...message, primary }, taken);
        backPressure.check(primary);
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

  /** Settles when the delivery does. Nothing that waits for it holds the message: a resend that joins isn't counted as in flight. */
  function deliver(message: NotificationRequest, taken: () => void): Promise<void> {
    const answer = answerFor(message);
    const answered = () => {
      answer();
      taken();
    };
    // The pipeline tells why a delivery fails. Here failure is silence, and NetBackup sends the message again.
    return Promise.try(options.deliver, message, taken).then(answered, taken);
  }

  function answerFor({ id, primary, receivedAt }: NotificationRequest): () => void {
    return () => {
      if (id === null) return;
      const sent = send(encodeNotificationResponse(id, options.responsePayload, now()));
      if (sent) events.answered(primary, receivedAt);
    };
  }

  /** `ws` has sent its close frame already. What a stranger sends too much of is no matter of payloads. */
  function onViolation(error: Error): void {
    if (phase.is === 'closing') return;
    const { code, limit } = violationOf(error);
    ourCode = code;
    end();
    if (limit === null) return;
    if (identity === null) return cut('unauthenticated-bytes');
    events.limitHit(limit, remote);
  }

  function refuse(reason: RefusalReason, text: string, ...primary: [primary?: string]): void {
    events.refused(remote, reason, ...primary);
    close(CloseCode.policy, text);
  }

  function close(code: number, reason: string): void {
    if (socket.readyState === socket.OPEN) ourCode = code;
    socket.close(code, reason);
    end();
  }

  function cut(limit: SessionLimit): void {
    ourCode ??= CloseCode.abnormal;
    events.limitHit(limit, remote);
    socket.terminate();
    end();
  }

  /** From here on `ws` bounds the rest: it destroys a connection whose peer doesn't answer the close frame. */
  function end(): void {
    if (phase.is === 'open') phase.inbox.close();
    phase = { is: 'closing' };
    heartbeat.stop();
    backPressure.stop();
  }
}
