import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { deadLetterReasons, limits, ordinaryCloses, refusalReasons } from './metric-labels.ts';

/** Every metric that the bridge exposes. `primary` is a configured name, never something that was sent. */
export type Metrics = ReturnType<typeof createMetrics>;

/** NetBackup waits 2 s for a single answer and sends again after 5 s (protocol, NOTIFICATION): both are edges. */
const answerBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60];
const produceBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const batchBuckets = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/** A registry of its own with every metric at its start, and those of the process and Node.js. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `nbwss_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name: `nbwss_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ) => new Histogram<L>({ name: `nbwss_${name}`, help, buckets, labelNames, registers });

  return {
    registry,
    buildInfo: gauge('build_info', 'Always 1; the versions of the bridge and of Node.js are labels.', [
      'version',
      'node',
    ]),
    draining: gauge('draining', '1 while the bridge drains before it stops, else 0.'),
    connections: gauge('connections', 'WebSocket connections by state.', ['state']),
    primaryConnected: gauge(
      'primary_connected',
      '1 while the primary has an authenticated connection to this replica, else 0.',
      ['primary'],
    ),
    openConnections: gauge(
      'open_connections',
      'Connections that are open, those in their TLS or HTTP handshake included.',
    ),
    maxConnections: gauge('max_connections', 'How many may be open at once (limits.maxConnections).'),
    connectionsOpened: counter('connections_opened_total', 'WebSocket connections opened.'),
    connectionsClosed: counter('connections_closed_total', 'WebSocket connections closed.', [
      'primary',
      'code',
      'initiator',
    ]),
    handshakes: counter('handshakes_total', 'TLS and WebSocket handshakes by result.', ['result', 'reason']),
    healthChecks: counter(
      'health_check_connections_total',
      'Connections that ended without a request, as the health checks of balancers do.',
      ['kind'],
    ),
    authAttempts: counter('auth_attempts_total', 'CONNECT messages and what became of them.', [
      'result',
      'reason',
    ]),
    receivedMessages: counter('received_messages_total', 'Messages received from authenticated primaries.', [
      'primary',
      'type',
    ]),
    receivedBytes: counter(
      'received_bytes_total',
      'Bytes of messages received from authenticated primaries.',
    ),
    notifications: counter('notifications_total', 'Notification messages by outcome.', [
      'primary',
      'outcome',
    ]),
    entries: counter('entries_total', 'Entries of messages that were delivered, by object and outcome.', [
      'primary',
      'object',
      'outcome',
    ]),
    oddities: counter(
      'oddities_total',
      'Messages taken although their envelope is unusual, and entries with a time that no reader holds.',
      ['primary', 'what'],
    ),
    coalesced: counter('coalesced_total', 'Resends that were answered without a second delivery.', [
      'primary',
    ]),
    idReused: counter('id_reused_total', 'Messages with an id that was seen with another payload.', [
      'primary',
    ]),
    deadLetters: counter('dead_letters_total', 'Dead letters committed, by reason.', ['reason']),
    inFlightMessages: gauge('in_flight_messages', 'Messages received and not committed by Kafka yet.', [
      'primary',
    ]),
    inFlightBytes: gauge('in_flight_bytes', 'Bytes of messages received and not committed by Kafka yet.', [
      'primary',
    ]),
    oldestInFlight: gauge(
      'oldest_in_flight_seconds',
      'Age of the oldest message in flight, 0 where there is none.',
      ['primary'],
    ),
    backpressure: gauge('backpressure_active', 'Sessions of the primary that are not read now.', ['primary']),
    limitHits: counter('limit_hits_total', 'Limits that were reached.', ['limit']),
    produceRetries: counter('produce_retries_total', 'Batches sent again.', ['topic']),
    throttledSeconds: counter(
      'throttled_seconds_total',
      'Time for which brokers asked to send nothing (quotas), in seconds.',
    ),
    producerIdsRenewed: counter(
      'producer_ids_renewed_total',
      'Partitions that went on with a new producer id because a number may have been taken.',
      ['topic'],
    ),
    possibleDuplicates: counter('possible_duplicates_total', 'Records that may be in Kafka twice.'),
    batchesRefused: counter(
      'batches_refused_total',
      'Batches that the broker refused for a record in them.',
      ['code'],
    ),
    answerDuration: histogram(
      'answer_duration_seconds',
      'From the arrival of a message to its answer.',
      answerBuckets,
    ),
    produceDuration: histogram(
      'produce_duration_seconds',
      'From sending a batch to its confirmation.',
      produceBuckets,
      ['topic'],
    ),
    producedRecords: counter('produced_records_total', 'Records confirmed by Kafka.', ['topic']),
    producedBytes: counter('produced_bytes_total', 'Bytes of records confirmed by Kafka.', ['topic']),
    batchRecords: histogram('batch_records', 'Records in a confirmed batch.', batchBuckets),
    lastNotification: gauge(
      'last_notification_timestamp_seconds',
      'When the primary last sent a notification to this process (Unix time); absent until it does.',
      ['primary'],
    ),
    errors: counter('errors_total', 'Errors by stage and code.', ['stage', 'code']),
    kafkaUp: gauge(
      'kafka_up',
      '1 while Kafka answers and has the topics, else 0; absent until it was asked.',
    ),
    schemaInfo: gauge('schema_info', 'Always 1; the schema in use is in the labels.', [
      'subject',
      'schema_id',
      'version',
    ]),
    schemaVersionsRefused: counter(
      'schema_versions_refused_total',
      "Versions of the registry's that can't be written with, while the last good one stays in use.",
      ['subject'],
    ),
    schemaDefaultsDropped: counter(
      'schema_defaults_dropped_total',
      "Fields that took null, or made a dead letter, because their schema's default can't be written.",
      ['subject'],
    ),
    certificateNotAfter: gauge(
      'tls_certificate_not_after_timestamp_seconds',
      'When the certificate of the listener expires (Unix time).',
    ),
    reloadLastSuccessful: gauge(
      'reload_last_successful',
      '1 when all that the files hold is in use, 0 while one can not be used and what it held before is.',
      ['kind'],
    ),
  };
}

/** Sets what is known beforehand to 0: a counter that appears with its first event hides that event from `increase()`. */
export function presetMetrics(
  metrics: Metrics,
  primaries: readonly string[],
  topics: readonly string[],
): void {
  presetPrimaries(metrics, primaries);
  for (const topic of topics) {
    metrics.produceRetries.inc({ topic }, 0);
    metrics.producerIdsRenewed.inc({ topic }, 0);
    metrics.producedRecords.inc({ topic }, 0);
    metrics.producedBytes.inc({ topic }, 0);
  }
  for (const limit of limits) metrics.limitHits.inc({ limit }, 0);
  for (const reason of deadLetterReasons) metrics.deadLetters.inc({ reason }, 0);
  for (const reason of refusalReasons) metrics.authAttempts.inc({ result: 'failure', reason }, 0);
  metrics.authAttempts.inc({ result: 'success', reason: 'none' }, 0);
  metrics.handshakes.inc({ result: 'success', reason: 'none' }, 0);
  for (const kind of ['tcp', 'tls']) metrics.healthChecks.inc({ kind }, 0);
  for (const state of ['unauthenticated', 'authenticated']) metrics.connections.set({ state }, 0);
  // Nobody knows before Kafka was asked.
  metrics.kafkaUp.remove();
  for (const kind of ['tokens', 'certificate']) metrics.reloadLastSuccessful.set({ kind }, 1);
}

/** The part of it for primaries that weren't there before. */
export function presetPrimaries(metrics: Metrics, primaries: readonly string[]): void {
  for (const primary of primaries) {
    metrics.primaryConnected.set({ primary }, 0);
    metrics.backpressure.set({ primary }, 0);
    metrics.coalesced.inc({ primary }, 0);
    metrics.idReused.inc({ primary }, 0);
    for (const outcome of ['delivered', 'failed']) metrics.notifications.inc({ primary, outcome }, 0);
    for (const object of ['job', 'image']) metrics.entries.inc({ primary, object, outcome: 'delivered' }, 0);
    metrics.entries.inc({ primary, object: 'any', outcome: 'rejected' }, 0);
    metrics.receivedMessages.inc({ primary, type: 'notification' }, 0);
    for (const close of ordinaryCloses) metrics.connectionsClosed.inc({ primary, ...close }, 0);
  }
}
