import { BridgeError } from '../errors.ts';
import { createFifo } from './fifo.ts';
import { createAnsweredIds } from './answered-ids.ts';
import type { PreparedMessage } from './message.ts';

/** A message that was answered. */
export interface Answer {
  readonly message: PreparedMessage;
  /** How many times it had been sent by then. */
  readonly requests: number;
  /** From the first request to the answer. */
  readonly latencyMs: number;
}

/** The established connection, as far as sending goes. */
export interface Link {
  send(frame: Buffer): void;
  /** Bytes that the endpoint's slowness keeps in our memory. */
  readonly bufferedBytes: number;
}

/** How an answer's id relates to what was asked: only the last two are violations. */
type AnswerOutcome = 'answered' | 'duplicate' | 'surplus' | 'unknown';

export interface OutboxOptions {
  readonly inFlight: number;
  readonly scheduledRateMs: number;
  onSent(message: PreparedMessage, requests: number): void;
  onAnswered(answer: Answer): void;
}

export interface Outbox {
  /** Resolves when the message is answered; rejects with code `simulator-stopped`, or `id-in-use` for a second of its id. */
  add(message: PreparedMessage): Promise<Answer>;
  /** What was sent before goes out again over the new link, in its first order, and then what waits. */
  connected(link: Link): void;
  disconnected(): void;
  answer(id: string): AnswerOutcome;
  stop(): void;
}

interface Pending extends PromiseWithResolvers<Answer> {
  readonly message: PreparedMessage;
  firstSentAt: number;
  dueAt: number;
  /** In all. */
  requests: number;
  /** Over the present connection: as many answers are owed, for a session that closed only forgets its answers. */
  requestsHere: number;
}

/** Above it nothing is sent again until the endpoint reads on, or each resend of a stalled one would cost memory. */
const congestedBytes = 16 * 1024 * 1024;
/** A timer may fire this much before its time on the clock of `performance.now`. */
const timerSlackMs = 1;

/**
 * Holds every message until it is answered. All resends have the same delay, so the unanswered ones stay sorted by their
 * next time just by moving a resent one to the end, and one timer for the first serves them all.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const waiting = createFifo<Pending>();
  const waitingIds = new Set<string>();
  /** Sorted by `dueAt`. */
  const unanswered = new Map<string, Pending>();
  const answered = createAnsweredIds();
  let link: Link | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function transmit(pending: Pending, to: Link): void {
    const now = performance.now();
    if (pending.requests === 0) pending.firstSentAt = now;
    pending.requests += 1;
    pending.requestsHere += 1;
    pending.dueAt = now + options.scheduledRateMs;
    unanswered.delete(pending.message.id);
    unanswered.set(pending.message.id, pending);
    to.send(pending.message.frame);
    options.onSent(pending.message, pending.requests);
  }

  function fill(): void {
    if (link === undefined) return;
    while (unanswered.size < options.inFlight) {
      const pending = waiting.shift();
      if (pending === undefined) break;
      waitingIds.delete(pending.message.id);
      transmit(pending, link);
    }
    arm();
  }

  function arm(): void {
    if (timer !== undefined || link === undefined) return;
    for (const first of unanswered.values()) {
      timer = setTimeout(resendDue, Math.max(1, first.dueAt - performance.now()));
      return;
    }
  }

  function resendDue(): void {
    timer = undefined;
    const now = performance.now();
    for (const pending of unanswered.values()) {
      if (link === undefined || pending.dueAt > now + timerSlackMs) break;
      if (link.bufferedBytes > congestedBytes) postpone(pending, now);
      else transmit(pending, link);
    }
    arm();
  }

  function postpone(pending: Pending, now: number): void {
    pending.dueAt = now + options.scheduledRateMs;
    unanswered.delete(pending.message.id);
    unanswered.set(pending.message.id, pending);
  }

  function disconnected(): void {
    link = undefined;
    clearTimeout(timer);
    timer = undefined;
    for (const pending of unanswered.values()) pending.requestsHere = 0;
    answered.forgive();
  }

  return {
    add(message) {
      if (stopped) return Promise.reject(stoppedError());
      if (waitingIds.has(message.id) || unanswered.has(message.id))
        return Promise.reject(idInUse(message.id));
      const pending: Pending = {
        ...Promise.withResolvers<Answer>(),
        message,
        firstSentAt: 0,
        dueAt: 0,
        requests: 0,
        requestsHere: 0,
      };
      waiting.push(pending);
      waitingIds.add(message.id);
      fill();
      return pending.promise;
    },
    connected(newLink) {
      link = newLink;
      const again = [...unanswered.values()].sort((a, b) => a.firstSentAt - b.firstSentAt);
      for (const pending of again) transmit(pending, newLink);
      fill();
    },
    disconnected,
    answer(id) {
      const pending = unanswered.get(id);
      if (pending === undefined) return answered.again(id);
      unanswered.delete(id);
      answered.add(id, pending.requestsHere - 1);
      const latencyMs = performance.now() - pending.firstSentAt;
      const answer = { message: pending.message, requests: pending.requests, latencyMs };
      options.onAnswered(answer);
      pending.resolve(answer);
      fill();
      return 'answered';
    },
    stop() {
      stopped = true;
      disconnected();
      for (const pending of unanswered.values()) pending.reject(stoppedError());
      unanswered.clear();
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        next.reject(stoppedError());
      waitingIds.clear();
    },
  };
}

function stoppedError(): BridgeError {
  return new BridgeError('the simulator was closed before the message was answered', {
    code: 'simulator-stopped',
  });
}

function idInUse(id: string): BridgeError {
  return new BridgeError(`a message with the id ${id} is still unanswered; give each message its own id`, {
    code: 'id-in-use',
  });
}
