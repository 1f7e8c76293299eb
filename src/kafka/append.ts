import type { Logger } from 'pino';
import type { KafkaRecord } from '../encode/record.ts';
import { reasonOf } from '../errors.ts';
import { type Append, AppendError, CutBatchError, type TopicPartition } from '../produce/append.ts';
import { afterUncertain, type Batch, beginningOf, doubtOf, mayBeWritten, newBatch } from './batch.ts';
import { type BrokerSenders, createBrokerSenders } from './broker-senders.ts';
import type { Cluster, ProducerId } from './cluster.ts';
import { type Numbering, numberingAfter, numberingFrom } from './numbering.ts';
import { codeOf, type Outcome, outcomeOf } from './outcome.ts';
import { type BatchNumber, type Compression, encodeBatch } from './record-batch.ts';
import { placeOf } from './read-range.ts';
import type { Attempt } from './sender.ts';
import type { TopicView } from './topic-view.ts';

export interface AppenderEvents {
  /** A partition goes on under a new producer id. @param reason a stable code: the broker's error, or GIVEN_UP */
  producerIdRenewed(to: TopicPartition, reason: string): void;
  /** A batch that may be written already is written under another number, or when the broker may have forgotten the one it had. */
  possibleDuplicates(to: TopicPartition, records: number): void;
  /** A broker asks not to be sent anything for so many ms (a quota). */
  throttled(broker: string, ms: number): void;
}

export interface AppenderOptions {
  readonly compression: Compression;
  /** For one request and its answer, in ms. */
  readonly requestTimeoutMs: number;
  readonly maxRequestBytes: number;
  readonly maxInFlightRequests: number;
  /** The brokers' `producer.id.expiration.ms`: after so long they may have forgotten a batch that they have written. */
  readonly producerIdExpirationMs: number;
  readonly events: AppenderEvents;
}

export interface Appender {
  readonly append: Append;
  /** Gets the producer id that partitions begin with. @throws AppendError `unsent` */
  connect(): Promise<void>;
}

/** A partition: how its next batch is numbered, and the one that isn't confirmed yet. */
interface Place {
  readonly to: TopicPartition;
  numbering: Numbering;
  batch: Batch | null;
  /** Until then it goes by the connections for retries: its replicas are slow. By a steady clock, in ms. */
  apartUntil: number;
}

/** How long a partition goes apart after its replicas took too long, in ms: as long as a broker keeps a slow replica in sync by default. */
const apartMs = 30_000;

/**
 * Append by requests of ours on the client's connections (docs/delivery.md). One Produce request to each broker carries the next batch of
 * every lane that the broker leads, and each partition of it has an outcome of its own.
 */
export function createAppender(
  cluster: Pick<Cluster, 'linkTo' | 'newProducerId'>,
  view: Pick<TopicView, 'leaderOf' | 'refresh'>,
  options: AppenderOptions,
  log: Logger,
): Appender {
  const { compression, producerIdExpirationMs, events } = options;
  const senders: BrokerSenders = createBrokerSenders(cluster, {
    maxRequestBytes: options.maxRequestBytes,
    maxInFlightRequests: options.maxInFlightRequests,
    // The broker's own bound stays under ours, so that it is the one to speak.
    ackTimeoutMs: Math.ceil(options.requestTimeoutMs * 0.9),
    onThrottled: events.throttled,
  });
  const places = new Map<string, Place>();
  let common: Promise<ProducerId> | null = null;

  return {
    async connect() {
      await commonId();
    },
    async append(to, records) {
      // Nothing waits here in the common case: the batches of one turn reach their sender in that turn.
      const place = places.get(placeOf(to.topic, to.partition)) ?? newPlace(to, await commonId());
      const batch = take(place, records);
      const number = place.numbering.is === 'known' ? place.numbering.next : await renumber(place);
      const bytes = batch.bytes ?? (await encode(place, batch, number));
      const leader = view.leaderOf(to);
      if (leader.is !== 'known') {
        lookForLeaders();
        throw withoutLeader(to, leader.is);
      }
      const isApart = batch.failures > 0 || performance.now() < place.apartUntil;
      const sender = senders.senderTo(leader.address, isApart);
      const startedAt = Date.now();
      const attempt = await new Promise<Attempt>((settle) =>
        sender.add({ to, bytes, goesAlone: batch.goesAlone, settle }),
      );
      conclude(place, number, attempt, startedAt);
    },
  };

  /** What partitions begin with. */
  function commonId(): Promise<ProducerId> {
    common ??= newId().catch((error: unknown) => {
      common = null;
      throw error;
    });
    return common;
  }

  async function newId(): Promise<ProducerId> {
    try {
      return await cluster.newProducerId();
    } catch (error) {
      throw new AppendError('unsent', codeOf(error), `can't get a producer id: ${reasonOf(error)}`, error);
    }
  }

  function newPlace(to: TopicPartition, id: ProducerId): Place {
    const place: Place = { to, numbering: numberingFrom(id), batch: null, apartUntil: -Infinity };
    places.set(placeOf(to.topic, to.partition), place);
    return place;
  }

  /**
   * The batch of the attempt before, or its beginning under the same number; or a new one, and what was there is given up, with its number
   * where that may be taken.
   */
  function take(place: Place, records: readonly KafkaRecord[]): Batch {
    const { batch } = place;
    if (batch?.records === records) return batch;
    const beginning = batch && beginningOf(batch, records);
    if (batch !== null && beginning === null) giveUp(place, batch);
    place.batch = beginning ?? newBatch(records);
    return place.batch;
  }

  function giveUp(place: Place, batch: Batch): void {
    const written = mayBeWritten(batch);
    if (written === null) return;
    place.numbering = { is: 'spoilt', reason: 'GIVEN_UP' };
    // What was behind it in a larger batch comes next, under another number.
    const behind = written.records - batch.records.length;
    if (behind > 0) events.possibleDuplicates(place.to, behind);
  }

  async function renumber(place: Place): Promise<BatchNumber> {
    const reason = place.numbering.is === 'spoilt' ? place.numbering.reason : '';
    const numbering = numberingFrom(await newId());
    place.numbering = numbering;
    events.producerIdRenewed(place.to, reason);
    return numbering.next;
  }

  /** Once for a number: a retry sends these bytes again. */
  async function encode(place: Place, batch: Batch, number: BatchNumber): Promise<Buffer> {
    const encoded = encodeBatch(batch.records, number, compression);
    const bytes = Buffer.isBuffer(encoded) ? encoded : await encoded;
    place.batch = { ...batch, is: 'unwritten', bytes };
    return bytes;
  }

  /** Returns if the batch is confirmed. @throws AppendError */
  function conclude(place: Place, number: BatchNumber, attempt: Attempt, startedAt: number): void {
    const batch = place.batch as Batch;
    const outcome = outcomeOf(attempt, doubtOf(batch));
    if (outcome.is !== 'confirmed') throw afterFailure(place, batch, outcome, startedAt);
    const written = mayBeWritten(batch);
    if (written !== null && Date.now() - written.since >= producerIdExpirationMs)
      events.possibleDuplicates(place.to, written.records);
    place.numbering = numberingAfter(number, batch.records.length);
    place.batch = null;
  }

  function afterFailure(
    place: Place,
    batch: Batch,
    outcome: Exclude<Outcome, { is: 'confirmed' }>,
    startedAt: number,
  ): AppendError {
    const { code, error } = outcome;
    if (outcome.is !== 'refused') lookForLeaders();
    switch (outcome.is) {
      case 'refused':
        place.batch = null;
        return new AppendError('refused', code, error.message, error);
      case 'not-written':
        place.batch = { ...batch, failures: batch.failures + 1 };
        return new AppendError('unsent', code, error.message, error);
      case 'maybe-written': {
        if (outcome.isSlow) place.apartUntil = performance.now() + apartMs;
        place.batch = afterUncertain(batch, outcome, startedAt);
        return outcome.cut?.isAlone === true
          ? new CutBatchError(outcome.cut.bytes, code, error)
          : new AppendError('unknown', code, error.message, error);
      }
      case 'number-taken':
        // It goes once more, under a number that nobody can have taken, and what it is told then is final.
        place.numbering = { is: 'spoilt', reason: code };
        events.possibleDuplicates(place.to, mayBeWritten(batch)?.records ?? batch.records.length);
        place.batch = { ...newBatch(batch.records), failures: batch.failures + 1 };
        return new AppendError('unknown', code, error.message, error);
    }
  }

  /** Whatever failed, another broker may lead now. */
  function lookForLeaders(): void {
    view.refresh().then(
      ({ brokers }) => senders.keep(brokers.values()),
      (error: unknown) => log.debug({ reason: reasonOf(error) }, 'the brokers do not tell who leads'),
    );
  }
}

function withoutLeader(to: TopicPartition, is: 'none' | 'absent'): AppendError {
  const name = placeOf(to.topic, to.partition);
  return is === 'absent'
    ? new AppendError('unsent', 'PARTITION_ABSENT', `${name} isn't there, or this user may not see it`)
    : new AppendError(
        'unsent',
        'LEADER_NOT_AVAILABLE',
        `${name} has no leader: see that the brokers with its replicas run`,
      );
}
