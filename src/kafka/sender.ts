import { CutError, type Link, NotSentError } from './link.ts';
import {
  bytesInRequest,
  type OutgoingBatch,
  type PartitionAnswer,
  produceAll,
  requestOverheadBytes,
} from './produce-request.ts';
import { placeOf } from './read-range.ts';

/** What became of one attempt to write one batch. */
export type Attempt =
  | { readonly is: 'answered'; readonly answer: PartitionAnswer }
  /** Nothing of it went out. */
  | { readonly is: 'not-sent'; readonly error: unknown }
  /** It went out, and nobody said what became of it. */
  | { readonly is: 'unanswered'; readonly error: unknown; readonly cut: Cut | null };

/** A request on which the broker, or what stands before it, ended the connection. */
export interface Cut {
  /** The request's size as the broker counts it, in bytes. */
  readonly bytes: number;
  /** Whether it held one batch only, and nothing else was on its way over the connection: then it was this batch that was cut. */
  readonly isAlone: boolean;
}

/** A batch, and who waits for the outcome of this attempt. */
export interface PendingBatch extends OutgoingBatch {
  /** Whether it needs a request of its own. */
  readonly goesAlone: boolean;
  settle(attempt: Attempt): void;
}

export interface SenderLimits {
  /** What one request may take, in bytes; a single batch goes out whatever it takes. */
  readonly maxRequestBytes: number;
  /** Requests on their way over one connection. */
  readonly maxInFlightRequests: number;
  /** How long the broker may wait for its replicas, in ms: below the bound of the request, so that it is the one to speak. */
  readonly ackTimeoutMs: number;
}

/** While a broker asks for it nothing is sent to it, over whichever connection (KIP-219). */
export interface Throttle {
  /** 0 where the broker doesn't ask for it. */
  readonly remainingMs: number;
  /** Whether it asked for it a short time ago: then requests go one by one, because what is under way would wait unanswered for as long. */
  readonly isRecent: boolean;
  set(ms: number): void;
}

/** The way to one broker over one connection: what comes in one turn of the event loop, or while nothing may be sent, goes out together. */
export interface Sender {
  /** The batch's bytes are copied when they are sent; the same may be given again once it is settled. */
  add(batch: PendingBatch): void;
  /** Batches that aren't settled. */
  readonly load: number;
}

export function createSender(link: Link, throttle: Throttle, limits: SenderLimits): Sender {
  let waiting: PendingBatch[] = [];
  let requests = 0;
  let sent = 0;
  let underWay = 0;
  let scheduled = false;
  let timer: NodeJS.Timeout | undefined;

  return {
    add(batch) {
      waiting.push(batch);
      if (scheduled) return;
      scheduled = true;
      // A microtask later the batches of all lanes that have one ready are here.
      queueMicrotask(() => {
        scheduled = false;
        flush();
      });
    },
    get load() {
      return waiting.length + underWay;
    },
  };

  function flush(): void {
    while (waiting.length > 0 && requests < (throttle.isRecent ? 1 : limits.maxInFlightRequests)) {
      const { remainingMs } = throttle;
      if (remainingMs > 0) {
        timer ??= setTimeout(() => {
          timer = undefined;
          flush();
        }, remainingMs).unref();
        return;
      }
      send(take());
    }
  }

  function take(): PendingBatch[] {
    let bytes = requestOverheadBytes;
    let count = 0;
    for (; count < waiting.length; count++) {
      const batch = waiting[count] as PendingBatch;
      bytes += bytesInRequest(batch);
      if (count > 0 && (bytes > limits.maxRequestBytes || batch.goesAlone || waiting[0]?.goesAlone === true))
        break;
    }
    if (count === waiting.length) {
      const all = waiting;
      waiting = [];
      return all;
    }
    return waiting.splice(0, count);
  }

  function send(batches: readonly PendingBatch[]): void {
    const isFirst = requests === 0;
    const number = ++sent;
    requests++;
    underWay += batches.length;
    const settled = () => {
      requests--;
      underWay -= batches.length;
    };
    const request = produceAll(batches, limits.ackTimeoutMs);
    link.ask(request).then(
      ({ partitions, throttleMs }) => {
        settled();
        if (throttleMs > 0) throttle.set(throttleMs);
        settleEach(batches, partitions);
        flush();
      },
      (error: unknown) => {
        settled();
        const isAlone = isFirst && number === sent && batches.length === 1;
        const cut = error instanceof CutError ? { bytes: request.bytes(), isAlone } : null;
        const attempt: Attempt =
          error instanceof NotSentError ? { is: 'not-sent', error } : { is: 'unanswered', error, cut };
        for (const batch of batches) batch.settle(attempt);
        flush();
      },
    );
  }
}

/** An answer that doesn't name a batch says nothing of it, and one that nobody asked for is nobody's. */
function settleEach(batches: readonly PendingBatch[], partitions: readonly PartitionAnswer[]): void {
  const answers = new Map<string, PartitionAnswer>();
  for (const answer of partitions) answers.set(placeOf(answer.topic, answer.partition), answer);
  for (const batch of batches) {
    const answer = answers.get(placeOf(batch.to.topic, batch.to.partition));
    if (answer === undefined) batch.settle({ is: 'unanswered', error: new UnnamedError(batch), cut: null });
    else batch.settle({ is: 'answered', answer });
  }
}

/** The answer to a request doesn't name one of its partitions. */
class UnnamedError extends Error {
  override readonly name = 'UNNAMED_PARTITION';
  constructor({ to }: OutgoingBatch) {
    super(`the broker's answer doesn't name ${placeOf(to.topic, to.partition)}`);
  }
}
