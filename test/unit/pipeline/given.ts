import type { KafkaRecord } from '../../../src/encode/record.ts';
import { createInFlight, type InFlight } from '../../../src/pipeline/in-flight.ts';
import { createPipeline, type Deliver, type PipelineOptions } from '../../../src/pipeline/pipeline.ts';
import { createResends, type ResendLimits } from '../../../src/pipeline/resends.ts';
import type { RefusedRecord } from '../../../src/produce/call.ts';
import type { Produce } from '../../../src/produce/producer.ts';
import { split } from '../../../src/split/split.ts';
import { encoderWith, valueOf } from '../../helpers/schemas.ts';

export interface ProduceCall {
  readonly records: readonly KafkaRecord[];
  /** What each record is: its topic, its place in the message, and for a dead letter the reason. */
  readonly summary: readonly string[];
  commit(...refused: RefusedRecord[]): void;
  fail(error: Error): void;
}

/** A Produce whose every outcome the test decides; called synchronously, so that `calls` is complete at any time. */
export function scriptedProduce() {
  const calls: ProduceCall[] = [];
  const produce: Produce = (records) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly RefusedRecord[]>();
    const summary = records.map(summaryOf);
    calls.push({ records, summary, commit: (...refused) => resolve(refused), fail: reject });
    return promise;
  };
  return { produce, calls };
}

/** E.g. "jobs 0", "dead-letters 1 wrong-type", "dead-letters frame not-json". */
function summaryOf(record: KafkaRecord): string {
  const { entryIndex, reason } = valueOf(record);
  const topic = record.topic.replace('netbackup.', '');
  const place = typeof entryIndex === 'number' ? `${topic} ${entryIndex}` : `${topic} frame`;
  return typeof reason === 'string' ? `${place} ${reason}` : place;
}

/** A Produce that commits everything but what `refuse` gives a code for. */
export function produceThat(refuse: (record: KafkaRecord) => string | null = () => null) {
  const committed: KafkaRecord[] = [];
  const produce: Produce = async (records) => {
    const codes = records.map(refuse);
    committed.push(...records.filter((_, index) => codes[index] === null));
    return codes.flatMap((code, index) => (code === null ? [] : [{ index, code }]));
  };
  return { produce, committed };
}

export type Told = readonly [event: string, id: string | null, detail?: unknown];

export interface GivenPipeline {
  readonly deliver: Deliver;
  readonly inFlight: InFlight;
  readonly told: readonly Told[];
  /** Lets the time pass, in ms. */
  pass(ms: number): void;
}

export const resendLimits: ResendLimits = { windowMs: 60_000, maxPerPrimary: 100, maxJoinsPerMessage: 3 };

export function givenPipeline(
  produce: Produce,
  overrides: Partial<PipelineOptions> = {},
  limits: Partial<ResendLimits> = {},
): GivenPipeline {
  const told: Told[] = [];
  let now = 1_000_000;
  const inFlight = createInFlight(
    { maxMessagesPerPrimary: 1_000, maxBytesPerPrimary: 1e9, maxBytes: 1e9 },
    () => 2,
  );
  const deliver = createPipeline({
    split,
    encoder: encoderWith,
    produce,
    maxDeadLetterBytes: () => 1_000_000,
    inFlight,
    resends: createResends({ ...resendLimits, ...limits }, () => now),
    events: {
      delivered: ({ id }, report) => told.push(['delivered', id, report]),
      coalesced: ({ id }) => told.push(['coalesced', id]),
      idReused: ({ id }) => told.push(['idReused', id]),
      joinedTooOften: ({ id }) => told.push(['joinedTooOften', id]),
      notDelivered: ({ id }, error) => told.push(['notDelivered', id, error]),
    },
    ...overrides,
  });
  return { deliver, inFlight, told, pass: (ms) => void (now += ms) };
}
