/** What docs/metrics.md says beside what the registry itself knows: when a metric matters, and which values its labels have. */
import { deadLetterReasons, limits, refusalReasons } from '../../src/metric-labels.ts';

/** When one looks at it, by the metric's name. */
export const matters: Readonly<Record<string, string>> = {
  nbwss_build_info: 'Which versions run during a roll-out. Gone: no replica is scraped.',
  nbwss_draining: 'Long at 1: a drain that waits for Kafka. Such a replica takes nothing new.',
  nbwss_connections:
    'Many unauthenticated ones: somebody knocks, or a balancer checks the port with plain TCP.',
  nbwss_open_connections:
    'Near `nbwss_max_connections`: newcomers are soon dropped, and the replica is not ready.',
  nbwss_max_connections: 'The other side of that comparison.',
  nbwss_primary_connected:
    'Sum over the replicas: a primary is connected to one of them. 0 in all of them: it is not served.',
  nbwss_connections_opened_total: 'Much faster than primaries reconnect: strangers, or health checks.',
  nbwss_connections_closed_total:
    'A primary that comes and goes. 1006 by the bridge: the heartbeat was not answered; 1009: a frame over the limit.',
  nbwss_handshakes_total:
    'Failures: a CA that the peer lacks, TLS versions, client certificates, a balancer without its header. Health checks of balancers are none.',
  nbwss_health_check_connections_total:
    'Nothing is wrong: balancers look whether the port is there. `tls` may also be a TLS 1.2 client that looks at the certificate after the handshake, and does not trust it.',
  nbwss_auth_attempts_total: 'Failures: a wrong token, usually after a rotation, or a stranger.',
  nbwss_received_messages_total: 'The load. `rejected`: frames that could not be read as messages.',
  nbwss_received_bytes_total: 'The load, in bytes.',
  nbwss_notifications_total:
    '`failed`: given up unanswered, at the deadline of a drain or by a fault in the bridge. NetBackup sends them again.',
  nbwss_entries_total: 'How many records a primary makes. `rejected` became dead letters.',
  nbwss_oddities_total:
    'NetBackup speaks another version than 1.0, or sends no time (`timestamp`): a new release of it? `time`: a record has null in place of a time that ' +
    'no reader could hold, and what was sent in `extra`.',
  nbwss_coalesced_total: 'Resends: NetBackup did not get its answer in time. Look at the answers.',
  nbwss_id_reused_total: 'An id came again with another payload: both were delivered, and NetBackup is odd.',
  nbwss_dead_letters_total:
    'Entries that are not in the topics that consumers read, until they are replayed.',
  nbwss_in_flight_messages: 'Rising: Kafka is slower than NetBackup sends.',
  nbwss_in_flight_bytes: 'Near its limit back-pressure begins.',
  nbwss_oldest_in_flight_seconds: 'Over 5 s NetBackup sends again; over a minute Kafka takes nothing.',
  nbwss_backpressure_active: 'The bridge does not read: NetBackup keeps what it has to tell.',
  nbwss_limit_hits_total:
    '`payload`: NetBackup loses that frame. The others protect the bridge; most have a setting of their own.',
  nbwss_produce_retries_total: 'Now and then while brokers restart; steadily: a broker or a network is ill.',
  nbwss_throttled_seconds_total: 'Rising: a quota of the brokers is too small for the load. Answers wait.',
  nbwss_producer_ids_renewed_total:
    'Seldom: after a batch was given up or refused, or the broker lost its numbers. Often: look at the log for the reason.',
  nbwss_possible_duplicates_total: 'Upper bound of the copies that consumers have to drop.',
  nbwss_batches_refused_total:
    'A topic takes less than the bridge was told, or a record is not valid for it.',
  nbwss_answer_duration_seconds:
    'NetBackup waits 2 s for an answer and sends again after 5 s: both are edges of the buckets.',
  nbwss_produce_duration_seconds: "The brokers' share of the answer's time.",
  nbwss_produced_records_total: 'What consumers get.',
  nbwss_produced_bytes_total: 'What the topics grow by, before replication and compression.',
  nbwss_batch_records:
    'Large batches: the brokers are slow, or the load is high; both are what batches are for.',
  nbwss_last_notification_timestamp_seconds: 'A connected primary that has nothing to tell for a day is odd.',
  nbwss_errors_total: 'What fails, by where and why; the log has the words.',
  nbwss_kafka_up: '0: nothing is committed, so nothing is answered.',
  nbwss_schema_info: 'Which schema records are written with; absent while the bridge waits for the registry.',
  nbwss_schema_defaults_dropped_total:
    'No version of the subject can be written with as it is: have its owner register one whose defaults fit their types.',
  nbwss_schema_versions_refused_total: 'The owner of a schema registered what can not be written with.',
  nbwss_tls_certificate_not_after_timestamp_seconds: 'Past it NetBackup does not connect any more.',
  nbwss_reload_last_successful: '0: the files are wrong, and the next restart will fail on them.',
};

/** A label: its values in words, and a pattern that no value may leave. */
export interface LabelNote {
  readonly values: string;
  readonly pattern: RegExp;
}

const oneOf = (values: readonly string[]): LabelNote => ({
  values: values.map((value) => `\`${value}\``).join(', '),
  pattern: new RegExp(`^(?:${values.join('|')})$`),
});
const code = /^[A-Za-z][A-Za-z0-9_-]{0,79}$/;
const configured: LabelNote = { values: 'a configured primary', pattern: /^[\w.-]{1,255}$/ };
const aTopic: LabelNote = { values: 'a topic of `kafka.topics`', pattern: /^[\w.-]{1,249}$/ };

/** By the label's name, or by `metric{label}` where that metric has values of its own. */
export const labels: Readonly<Record<string, LabelNote>> = {
  primary: configured,
  'nbwss_connections_closed_total{primary}': {
    values: 'a configured primary; empty where none was authenticated',
    pattern: /^[\w.-]{0,255}$/,
  },
  topic: aTopic,
  subject: { values: 'a subject of `schemas`', pattern: /^[^\n]{1,300}$/ },
  schema_id: { values: 'the id in the registry', pattern: /^\d+$/ },
  'nbwss_schema_info{version}': { values: "the subject's version", pattern: /^\d+$/ },
  version: { values: 'of the bridge', pattern: /^\d+\.\d+\.\d+/ },
  node: { values: 'the version of Node.js', pattern: /^v\d+\.\d+\.\d+$/ },
  state: oneOf(['unauthenticated', 'authenticated']),
  result: oneOf(['success', 'failure']),
  'nbwss_auth_attempts_total{reason}': oneOf(['none', ...refusalReasons]),
  'nbwss_health_check_connections_total{kind}': {
    values: '`tcp`: nothing came, beyond a header of the PROXY protocol; `tls`: a whole handshake',
    pattern: /^(?:tcp|tls)$/,
  },
  'nbwss_handshakes_total{reason}': {
    values: '`none`; a code of Node.js or OpenSSL, of ours for client certificates and PROXY headers',
    pattern: code,
  },
  'nbwss_dead_letters_total{reason}': oneOf(deadLetterReasons),
  'nbwss_connections_closed_total{code}': {
    values: 'the close code (RFC 6455); `other` from 3000 on',
    pattern: /^(?:[12]\d{3}|other)$/,
  },
  initiator: oneOf(['bridge', 'peer']),
  type: oneOf(['notification', 'rejected', 'connect', 'COMMAND', 'RESPONSE']),
  'nbwss_notifications_total{outcome}': oneOf(['delivered', 'failed']),
  'nbwss_entries_total{outcome}': oneOf(['delivered', 'rejected']),
  object: oneOf(['job', 'image', 'any']),
  what: oneOf(['version', 'timestamp', 'time']),
  limit: oneOf(limits),
  stage: oneOf(['schemas', 'kafka', 'topics', 'producer', 'append', 'deliver', 'tracing']),
  'nbwss_errors_total{code}': { values: "a code of ours, or the broker's name of the error", pattern: code },
  'nbwss_batches_refused_total{code}': { values: "the broker's name of the error", pattern: code },
  kind: oneOf(['tokens', 'certificate']),
};

/** What is known of a label of a metric. */
export function labelNote(metric: string, label: string): LabelNote | undefined {
  return labels[`${metric}{${label}}`] ?? labels[label];
}
