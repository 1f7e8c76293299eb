/** What the dashboard shows, by the question that a row answers. */
import { panel, type Row } from './panel.ts';
import {
  chosen,
  one,
  ofPrimary,
  rate,
  increase,
  sum,
  max,
  quantile,
  slowerThan,
  ofProcess,
} from './queries.ts';
import { secondsOf, thresholds } from './thresholds.ts';
import { troubleRow } from './trouble-row.ts';

export const rows: readonly Row[] = [
  {
    title: 'Is every primary served?',
    panels: [
      {
        ...panel('Primaries connected', 'bool_yes_no', 'A primary is connected to one of the replicas.', [
          max('primary', ofPrimary('primary_connected')),
          '{{primary}}',
        ]),
        type: 'state-timeline',
      },
      panel('Time since the last notification', 's', 'Of each primary; since the start of the processes.', [
        `time() - ${max('primary', ofPrimary('last_notification_timestamp_seconds'))}`,
        '{{primary}}',
      ]),
      {
        ...panel('Oldest notification in flight', 's', 'NetBackup sends again after 5 s.', [
          max('primary', ofPrimary('oldest_in_flight_seconds')),
          '{{primary}}',
        ]),
        line: secondsOf(thresholds.NbwssNotificationsUnanswered.age.value),
      },
      panel('Sessions closed', 'short', 'With which code, and by whom.', [
        sum('primary, code, initiator', increase(ofPrimary('connections_closed_total', ', primary!=""'))),
        '{{primary}} {{code}} by {{initiator}}',
      ]),
      panel('Notifications delivered', 'cps', 'Committed by Kafka.', [
        sum('primary', rate(ofPrimary('notifications_total', ', outcome="delivered"'))),
        '{{primary}}',
      ]),
      panel('Resends', 'short', 'What NetBackup sent again, and got one answer for.', [
        sum('primary', increase(ofPrimary('coalesced_total'))),
        '{{primary}}',
      ]),
    ],
  },
  {
    title: 'How fast?',
    panels: [
      {
        ...panel(
          'Answers',
          's',
          'From the arrival of a message to its answer. NetBackup waits 2 s.',
          [quantile('0.5', 'le', 'answer_duration_seconds'), 'p50'],
          [quantile('0.95', 'le', 'answer_duration_seconds'), 'p95'],
          [quantile('0.99', 'le', 'answer_duration_seconds'), 'p99'],
        ),
        line: thresholds.NbwssAnswersSlow.seconds.value,
      },
      panel(
        'Answers that take too long',
        'percentunit',
        'Over 2 s NetBackup has given up waiting, over 5 s it has sent again.',
        [slowerThan(thresholds.NbwssAnswersSlow.seconds.value), 'over 2 s'],
        [slowerThan(5), 'over 5 s'],
      ),
      panel(
        'Kafka confirms',
        's',
        'From sending a batch to its confirmation.',
        [quantile('0.5', 'topic, le', 'produce_duration_seconds'), '{{topic}} p50'],
        [quantile('0.99', 'topic, le', 'produce_duration_seconds'), '{{topic}} p99'],
      ),
    ],
  },
  {
    title: 'How much?',
    panels: [
      panel('Messages received', 'cps', 'Of every type, from authenticated primaries.', [
        sum('primary, type', rate(ofPrimary('received_messages_total'))),
        '{{primary}} {{type}}',
      ]),
      panel('Entries', 'cps', 'What messages consist of.', [
        sum('primary, object, outcome', rate(ofPrimary('entries_total'))),
        '{{primary}} {{object}} {{outcome}}',
      ]),
      panel('Records', 'cps', 'Confirmed by Kafka.', [
        sum('topic', rate(one('produced_records_total'))),
        '{{topic}}',
      ]),
      panel(
        'Bytes',
        'Bps',
        'In from NetBackup, out to Kafka.',
        [`sum(${rate(one('received_bytes_total'))})`, 'received'],
        [sum('topic', rate(one('produced_bytes_total'))), '{{topic}}'],
      ),
      panel('Messages in flight', 'short', 'Received, and not committed yet.', [
        sum('primary', ofPrimary('in_flight_messages')),
        '{{primary}}',
      ]),
      panel('Bytes in flight', 'bytes', 'Received, and not committed yet.', [
        sum('primary', ofPrimary('in_flight_bytes')),
        '{{primary}}',
      ]),
    ],
  },
  troubleRow,
  {
    title: 'Kafka',
    panels: [
      {
        ...panel('Kafka answers', 'bool_yes_no', 'Each replica asks every few seconds.', [
          max('instance', one('kafka_up')),
          '{{instance}}',
        ]),
        type: 'state-timeline',
      },
      panel('Batches sent again', 'short', 'Steadily: a broker or the network is ill.', [
        sum('topic', increase(one('produce_retries_total'))),
        '{{topic}}',
      ]),
      panel('Throttled', 's', 'Time for which quotas of the brokers asked to send nothing.', [
        sum('instance', increase(one('throttled_seconds_total'))),
        '{{instance}}',
      ]),
      panel(
        'New producer ids, and their price',
        'short',
        'Partitions that went on with a new one, and records that may be in Kafka twice: an upper bound.',
        [sum('topic', increase(one('producer_ids_renewed_total'))), '{{topic}}'],
        [`sum(${increase(one('possible_duplicates_total'))})`, 'possible duplicates'],
      ),
      panel('Batches refused', 'short', 'For a record in them.', [
        sum('code', increase(one('batches_refused_total'))),
        '{{code}}',
      ]),
      panel(
        'Records in a batch',
        'short',
        'Large ones: the brokers are slow, or the load is high.',
        [quantile('0.5', 'le', 'batch_records'), 'p50'],
        [quantile('0.99', 'le', 'batch_records'), 'p99'],
      ),
      {
        ...panel('Schemas in use', 'short', 'By subject.', [
          max('subject, schema_id, version', one('schema_info')),
          '{{subject}} {{version}}',
        ]),
        type: 'table',
      },
    ],
  },
  {
    title: 'Process',
    panels: [
      panel('Processor', 'short', 'Seconds a second: one is a whole core.', [
        max('instance', `rate(process_cpu_seconds_total{${chosen}}[$__rate_interval])`),
        '{{instance}}',
      ]),
      panel(
        'Memory',
        'bytes',
        'Resident, and the heap of JavaScript.',
        [ofProcess('process_resident_memory_bytes'), '{{instance}} resident'],
        [ofProcess('nodejs_heap_size_used_bytes'), '{{instance}} heap'],
      ),
      {
        ...panel('Event-loop lag', 's', 'The p99 between two scrapes.', [
          ofProcess('nodejs_eventloop_lag_p99_seconds'),
          '{{instance}}',
        ]),
        line: thresholds.NbwssEventLoopLag.seconds.value,
      },
      panel(
        'Connections',
        'short',
        'By state, of how many that may be, and how many are opened.',
        [sum('state', one('connections')), '{{state}}'],
        [max('instance', one('open_connections')), '{{instance}}: in use'],
        [max('instance', one('max_connections')), '{{instance}}: limit'],
        [`sum(${increase(one('connections_opened_total'))})`, 'opened'],
      ),
      panel('Certificate: time left', 's', 'Of the one that expires first.', [
        `min(${one('tls_certificate_not_after_timestamp_seconds')}) - time()`,
        'time left',
      ]),
      {
        ...panel('Replicas', 'short', 'With their versions; draining: 1.', [
          `max by (instance, version, node) (${one('build_info')}) * on (instance) group_left () ${max('instance', one('draining'))}`,
          '{{instance}} {{version}}',
        ]),
        type: 'table',
      },
    ],
  },
];
