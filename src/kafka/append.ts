import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { KafkaRecord } from '../encode/record.ts';
import { reasonOf } from '../errors.ts';
import { type Append, AppendError, type TopicPartition } from '../produce/append.ts';
import {
  type BatchProducer,
  type BatchProducerOptions,
  createBatchProducer,
  DistrustError,
} from './batch-producer.ts';

export interface AppenderEvents {
  /** A producer can't be relied on any more; its successor takes over. */
  producerReplaced(reason: string): void;
  /** A batch that may be written already goes to another producer: the one place where copies can arise. */
  possibleDuplicates(to: TopicPartition, records: number): void;
}

export interface AppenderOptions extends BatchProducerOptions {
  /**
   * How many producers share the lanes, each lane with one of its own: kafkajs lets one idempotent request at a time go to
   * each broker, so that a single producer leaves the broker idle while it encodes the next.
   */
  readonly producers: number;
  /** How long a send may stay unsettled, in ms: above the client's own lock of 65.5 s. */
  readonly unsettledSendTimeoutMs: number;
  readonly events: AppenderEvents;
}

export interface Appender extends AsyncDisposable {
  readonly append: Append;
  /** Connects the producers. @throws AppendError */
  connect(): Promise<void>;
}

/** A producer, and how many lanes hold an unconfirmed batch of it. */
interface Holder {
  readonly producer: BatchProducer;
  holding: number;
  retired: boolean;
  /** Its sockets were destroyed: it sends nothing any more. */
  killed: boolean;
}

/** A lane's unconfirmed batch. */
interface Place {
  readonly batch: readonly KafkaRecord[];
  /** The producer that sent it last. */
  holder: Holder;
  /** False while the partition is absent: it may never come back, and its producer needn't wait for that. */
  held: boolean;
  /** This producer may have written it: the number that it had is taken then, though the client would give it to the next batch. */
  unsure: boolean;
}

/** Replacement backs off, so that a broken cluster isn't asked for producer ids in a loop. */
const replacementWaitMs = { first: 100, cap: 2_000, quiet: 60_000 };

/**
 * Append over kafkajs, by the rules of docs/delivery.md: a batch stays with the producer that first sent it until it is confirmed
 * or that producer can't be believed; only then does a new one send it. A retired producer is disconnected when no lane holds a
 * batch of it.
 *
 * No producer numbers another batch after one that it may have written and that isn't confirmed: the broker would take one of as
 * many records for a copy of it, and confirm what it never wrote. So a batch that is refused, or given up, with an attempt of unknown
 * outcome behind it retires its producer (ADR 4).
 */
export function createAppender(
  options: AppenderOptions,
  log: Logger,
  newProducer: () => BatchProducer = () => createBatchProducer(options, log),
): Appender {
  const { unsettledSendTimeoutMs, requestTimeoutMs, events } = options;
  const lanes = new Map<string, Place>();
  const retired = new Set<Holder>();
  /** The producer that a slot's lanes use for new batches. */
  const slots = Array.from({ length: options.producers }, newHolder);
  let replacedAt = -Infinity;
  let wait = replacementWaitMs.first;

  return {
    async connect() {
      await Promise.all(slots.map(({ producer }) => producer.connect()));
    },
    async append(to, batch) {
      const lane = `${to.topic}/${to.partition}`;
      const place = take(lane, to, batch);
      const { holder } = place;
      try {
        await holder.producer.connect();
        await sendBounded(holder, to, batch);
      } catch (thrown) {
        const error = openOutcomeOf(thrown, place);
        if (error instanceof DistrustError || holder.killed) {
          await replace(holder, error instanceof AppendError ? error.code : 'UNSETTLED');
          events.possibleDuplicates(to, batch.length);
          place.holder = hold(current(to));
          place.unsure = false;
          release(holder);
        } else if (error instanceof AppendError && error.outcome === 'absent') {
          place.held = false;
          release(holder);
        } else if (error instanceof AppendError && error.outcome === 'refused') {
          lanes.delete(lane);
          release(holder);
        } else {
          place.unsure = true;
        }
        throw error;
      }
      lanes.delete(lane);
      release(holder);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...slots, ...retired].map(({ producer, holding }) => end(producer, holding)));
    },
  };

  /** Where the batch is sent from: its last producer, if it was sent before. */
  function take(lane: string, to: TopicPartition, batch: readonly KafkaRecord[]): Place {
    const known = lanes.get(lane);
    if (known?.batch === batch && known.held) return known;
    const isGivenUp = known !== undefined && known.batch !== batch;
    if (isGivenUp && known.unsure) retire(known.holder, 'GIVEN_UP');
    // A batch that is given up (it was placed elsewhere) holds no producer any more.
    if (known?.held === true) release(known.holder);
    const holder = hold(current(to));
    const isSameAgain = known?.batch === batch && known.holder === holder;
    const place = { batch, holder, held: true, unsure: isSameAgain && known.unsure };
    if (known?.batch === batch && !isSameAgain) events.possibleDuplicates(to, batch.length);
    lanes.set(lane, place);
    return place;
  }

  /** A refusal is one only where nothing was open before it. */
  function openOutcomeOf(thrown: unknown, { unsure }: Place): unknown {
    const isRefusal = thrown instanceof AppendError && thrown.outcome === 'refused';
    if (!isRefusal || !unsure) return thrown;
    return new DistrustError('unknown', thrown.code, thrown.message, thrown);
  }

  function current({ partition }: TopicPartition): Holder {
    return slots[partition % slots.length] as Holder;
  }

  function newHolder(): Holder {
    return { producer: newProducer(), holding: 0, retired: false, killed: false };
  }

  function hold(holder: Holder): Holder {
    holder.holding++;
    return holder;
  }

  function release(holder: Holder): void {
    holder.holding--;
    if (!holder.retired || holder.holding > 0) return;
    retired.delete(holder);
    void end(holder.producer, 0);
  }

  /** Disconnecting with a send under way would keep the client retrying for ever; then its sockets go instead. */
  async function end(producer: BatchProducer, holding: number): Promise<void> {
    if (holding > 0) producer.kill('the bridge stops');
    else
      await producer
        .disconnect()
        .catch((error: unknown) => log.debug({ reason: reasonOf(error) }, 'disconnect failed'));
  }

  async function replace(holder: Holder, reason: string): Promise<void> {
    if (!retire(holder, reason)) return;
    const now = performance.now();
    wait =
      now - replacedAt > replacementWaitMs.quiet
        ? replacementWaitMs.first
        : Math.min(wait * 2, replacementWaitMs.cap);
    replacedAt = now;
    await delay(wait);
  }

  /** @returns false where another has its slot already */
  function retire(holder: Holder, reason: string): boolean {
    const slot = slots.indexOf(holder);
    if (slot < 0) return false;
    holder.retired = true;
    retired.add(holder);
    slots[slot] = newHolder();
    events.producerReplaced(reason);
    return true;
  }

  /**
   * A send that never settles: its producer is cut off, and the batch may go elsewhere only when the send has settled, or when the
   * broker has had the time of a request to finish with what it had received.
   */
  async function sendBounded(
    holder: Holder,
    to: TopicPartition,
    batch: readonly KafkaRecord[],
  ): Promise<void> {
    const send = holder.producer.send(to, batch);
    const { promise: unsettled, resolve } = Promise.withResolvers<'unsettled'>();
    const timer = setTimeout(resolve, unsettledSendTimeoutMs, 'unsettled');
    try {
      if ((await Promise.race([send, unsettled])) !== 'unsettled') return;
    } finally {
      clearTimeout(timer);
    }
    holder.killed = true;
    holder.producer.kill(
      `a send to ${to.topic}/${to.partition} did not settle in ${unsettledSendTimeoutMs} ms`,
    );
    const late = await Promise.race([
      send.then(
        () => 'confirmed' as const,
        () => 'failed' as const,
      ),
      delay(requestTimeoutMs),
    ]);
    if (late === 'confirmed') return;
    throw new DistrustError(
      'unknown',
      'UNSETTLED',
      `the send did not settle in ${unsettledSendTimeoutMs} ms`,
    );
  }
}
