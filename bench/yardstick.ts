/** The yardstick: Kafka's own producer without any of the bridge's work, on the same broker, with records of the same size. */
import { type Contender, rampMs } from './contender.ts';
import { mean, perEntry } from './figures.ts';
import type { JavaClient } from './java-client.ts';
import type { Cell } from './options.ts';
import { watchOthers } from './process-figures.ts';
import { rawTopics } from './topics.ts';

/** What java/RawProducer.java tells. */
interface RawFigures {
  readonly messages: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** From a message's first record to the confirmation of its last, in ms. */
  readonly p50: number;
  readonly p99: number;
}

/** What the generator's entries come to as values of records. */
const jobBytes = 146;
const imageBytes = 159;
const warmUpMs = 2_000;
/** For what is in flight at the end of a run. */
const marginMs = 60_000;

/**
 * Idempotent, acks=all, no lingering; a message is `entries` records given at once, and `inFlight` messages are unconfirmed.
 * @param ownPids of the processes whose work is none of others
 */
export async function startYardstick(
  { entries, inFlight }: Pick<Cell, 'entries' | 'inFlight'>,
  java: JavaClient,
  ownPids: readonly number[],
): Promise<Contender> {
  const others: number[] = [];
  const produce = (ramp: number, durationMs: number) =>
    java.ask(['produce-run', ramp, durationMs], ramp + durationMs + marginMs);
  const topics = [rawTopics.jobs, jobBytes, rawTopics.images, imageBytes];
  await java.ask(['produce-open', entries, inFlight, ...topics], marginMs);
  return {
    async warmUp() {
      await produce(warmUpMs, 0);
    },
    async run(durationMs) {
      const endWatch = watchOthers([java.pid, ...ownPids]);
      await produce(rampMs, durationMs);
      others.push(endWatch());
    },
    async figures() {
      const raw = (await java.ask(['produce-figures'], marginMs)) as RawFigures;
      const { messages, seconds, cpuSeconds: cpu, p50, p99 } = raw;
      const speed = perEntry({ entries: messages * entries, seconds, cpu });
      return { ...speed, p50, p99, memory: NaN, stall: NaN, others: mean(others) };
    },
    async [Symbol.asyncDispose]() {
      await java.ask(['produce-close'], marginMs);
    },
  };
}
