import type { AppenderEvents } from '../kafka/append.ts';
import type { LaneEvents } from '../produce/lane.ts';
import type { Telling } from './telling.ts';

export interface KafkaEvents extends LaneEvents, AppenderEvents {
  /** @param error why Kafka doesn't answer; null when it does again */
  kafkaChanged(error: Error | null): void;
}

/** A retried batch is told of at once and then every n-th time: an outage is one story, not a line every two seconds. */
const attemptsPerLine = 20;

/** What happens between the bridge and Kafka. */
export function createKafkaEvents({ log, seldom, metrics, countError }: Telling): KafkaEvents {
  return {
    retry({ topic, partition }, records, attempt, error) {
      metrics.produceRetries.inc({ topic });
      countError('append', error);
      const level = attempt % attemptsPerLine === 1 ? 'warn' : 'debug';
      log[level](
        {
          action: 'batch-retried',
          topic,
          partition,
          records,
          attempt,
          code: error.code,
          reason: error.message,
        },
        'batch is sent again',
      );
    },
    batchConfirmed({ topic }, records, bytes, durationMs) {
      metrics.produceDuration.observe({ topic }, durationMs / 1000);
      metrics.producedRecords.inc({ topic }, records);
      metrics.producedBytes.inc({ topic }, bytes);
      metrics.batchRecords.observe(records);
    },
    batchRefused({ topic, partition }, records, code) {
      metrics.batchesRefused.inc({ code });
      const fields = { action: 'batch-refused', topic, partition, records, code } as const;
      seldom(`refused ${topic} ${code}`, 'warn', fields, 'batch refused by the broker');
    },
    batchCut({ topic, partition }, records, requestBytes, verdict) {
      const fields = {
        action: 'request-cut',
        topic,
        partition,
        records,
        requestBytes,
        next: verdict,
      } as const;
      const text =
        `the connection ends on each request of ${requestBytes} bytes: if smaller ones pass, it is above a limit of the brokers ` +
        '(socket.request.max.bytes) or of a service before them: set kafka.maxRequestBytes below it';
      seldom(`cut ${topic} ${verdict}`, 'warn', fields, text);
    },
    possibleDuplicates({ topic, partition }, records) {
      metrics.possibleDuplicates.inc(records);
      log.warn(
        { action: 'possible-duplicates', topic, partition, records },
        'the batch is sent under a new producer id, or after the broker forgot the old one: its records may be in Kafka twice',
      );
    },
    producerIdRenewed({ topic, partition }, reason) {
      metrics.producerIdsRenewed.inc({ topic });
      log.warn(
        { action: 'producer-id-renewed', topic, partition, reason },
        'the partition goes on with a new producer id: a number of the old one may have been taken',
      );
    },
    throttled(broker, throttleMs) {
      metrics.throttledSeconds.inc(throttleMs / 1000);
      const fields = { action: 'produce-throttled', broker, throttleMs } as const;
      seldom(`throttled ${broker}`, 'warn', fields, 'the broker asks to send nothing for a while: a quota');
    },
    kafkaChanged(error) {
      metrics.kafkaUp.set(error === null ? 1 : 0);
      if (error === null) {
        log.info({ action: 'kafka-available' }, 'Kafka answers again');
        return;
      }
      countError('kafka', error);
      log.error(
        { action: 'kafka-unavailable', reason: error.message },
        'Kafka does not take everything: notifications wait unanswered',
      );
    },
  };
}
