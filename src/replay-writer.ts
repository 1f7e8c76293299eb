/** Composes the bridge's own way to Kafka for `replay`. */
import type { Logger } from 'pino';
import type { Config } from './config/schema.ts';
import type { Encoder } from './encode/encoder.ts';
import { UnavailableError } from './errors.ts';
import { createKafkaEvents, type KafkaEvents } from './events/kafka.ts';
import { createMessageEvents } from './events/messages.ts';
import { createTelling } from './events/telling.ts';
import { createAppender } from './kafka/append.ts';
import { connectCluster } from './kafka/cluster.ts';
import { createTopicView } from './kafka/topic-view.ts';
import { watchTopics } from './kafka/watch.ts';
import { watchWriteAccess } from './kafka/write-access.ts';
import { createMetrics } from './metrics.ts';
import { createInFlight } from './pipeline/in-flight.ts';
import { createPipeline, type Deliver } from './pipeline/pipeline.ts';
import { createResends } from './pipeline/resends.ts';
import { createProducer, maxValueBytes, type Produce } from './produce/producer.ts';
import { recordTopics } from './record-topics.ts';
import { split } from './split/split.ts';

/** The bridge retries for ever, because NetBackup waits; a command gives up after this time, in ms: a failover takes less. */
const confirmBoundMs = 60_000;

export interface Writer extends AsyncDisposable {
  readonly produce: Produce;
  readonly deliver: Deliver;
  /**
   * Until it is disposed of, Kafka has `confirmBoundMs` to confirm what is under way; past that everything that is pending is rejected
   * with an UnavailableError. It may be written all the same.
   */
  bound(): Disposable;
}

/** @throws BridgeError `topics-missing`, UnavailableError, AppendError */
export async function openWriter(
  { kafka, limits }: Pick<Config, 'kafka' | 'limits'>,
  encoder: Encoder,
  log: Logger,
): Promise<Writer> {
  const { topics } = kafka;
  const telling = createTelling(log, createMetrics(), Date.now);
  const kafkaEvents = createKafkaEvents(telling);
  let lastReason = 'no answer';
  const events: KafkaEvents = {
    ...kafkaEvents,
    retry(to, records, attempt, error) {
      kafkaEvents.retry(to, records, attempt, error);
      lastReason = error.message;
      // Nobody mends a missing right while a command waits.
      if (access.refused !== null) producer.stop(new UnavailableError(access.refused, error.code));
    },
  };
  await using opening = new AsyncDisposableStack();
  const cluster = opening.use(await connectCluster(kafka, log));
  const view = createTopicView(cluster, [...recordTopics(topics), topics.replays]);
  const { shapeOf } = opening.use(
    await watchTopics({
      cluster,
      view,
      intervalMs: kafka.livenessIntervalMs,
      maxMessageBytes: kafka.maxMessageBytes,
      maxRequestBytes: kafka.maxRequestBytes,
      onChange: events.kafkaChanged,
    }),
  );
  const access = watchWriteAccess(createAppender(cluster, view, { ...kafka, events }, log));
  await access.connect();
  const producer = opening.use(createProducer({ ...kafka, append: access.append, shapeOf, events }));
  const deliver = createPipeline({
    split,
    encoder: () => encoder,
    produce: producer.produce,
    maxDeadLetterBytes: (keyBytes) => maxValueBytes(shapeOf(topics.deadLetters), keyBytes),
    inFlight: createInFlight(limits.inFlight, () => 1),
    resends: createResends({ ...limits.answered, ...limits.inFlight }, Date.now),
    events: createMessageEvents(telling),
  });
  const open = opening.move();
  return {
    produce: producer.produce,
    deliver,
    bound() {
      const timer = setTimeout(() => {
        const message = `Kafka did not confirm within ${confirmBoundMs / 1000} s: ${lastReason}`;
        producer.stop(new UnavailableError(message, 'kafka-unconfirmed'));
      }, confirmBoundMs);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
