/** The alerts, from which the chart's are made (tools/ops/rules.ts). Each has a section of its name in docs/runbook.md. */
import type { AlertName } from './thresholds.ts';

export interface Alert {
  readonly alert: AlertName;
  /**
   * PromQL, in which `$(name)` is the alert's threshold of that name and `$(name.seconds)` the same in seconds. A primary is connected to
   * one replica: what is said of it is said over all replicas of a job. The alert's `for` is a threshold too, where it has one.
   */
  readonly expr: string;
  /** critical: notifications are not delivered, or soon won't be. warning: somebody should look in working hours. */
  readonly severity: 'critical' | 'warning';
  /** Templates of Prometheus, with thresholds as in `expr`. */
  readonly summary: string;
  readonly description: string;
}

const primary = 'primary {{ $labels.primary }}';
/** The release: replicas share these labels, and a Prometheus without Kubernetes has no namespace. */
const job = 'namespace, job';

export const alerts: readonly Alert[] = [
  {
    alert: 'NbwssBridgeDown',
    // By name where one was there before; without labels where there has been none at all.
    expr: `(
  group by (${job}) (present_over_time(nbwss_build_info[$(memory)]))
  unless
  group by (${job}) (nbwss_build_info)
)
or
absent_over_time(nbwss_build_info[$(memory)])`,
    severity: 'critical',
    summary: 'No replica of nbwss-bridge answers',
    description:
      'Prometheus gets metrics of no replica. NetBackup keeps what it has to tell until one is back.',
  },
  {
    alert: 'NbwssPrimaryDisconnected',
    expr: `max by (${job}, primary) (nbwss_primary_connected) == 0`,
    severity: 'critical',
    summary: `No replica has a session of ${primary}`,
    description: `NetBackup's ${primary} is configured, and has been connected to no replica for $(for).`,
  },
  {
    alert: 'NbwssPrimaryFlapping',
    // What the bridge closes with 1001 is a drain or a fail-back: it was asked for.
    expr: `sum by (${job}, primary) (
  increase(nbwss_connections_closed_total{primary!=""}[$(window)])
  unless
  increase(nbwss_connections_closed_total{primary!="", code="1001", initiator="bridge"}[$(window)])
) > $(closes)`,
    severity: 'warning',
    summary: `The connection of ${primary} does not last`,
    description: `${primary} lost {{ $value | printf "%.0f" }} sessions in $(window). Resends and late notifications follow.`,
  },
  {
    alert: 'NbwssPrimarySilent',
    // Restarts lose the time of the last notification, so the series of the processes before count too.
    expr: `(
  max by (${job}, primary) (nbwss_primary_connected) == 1
  and
  max by (${job}, primary) (nbwss_primary_connected offset $(silence)) >= 0
)
unless
max by (${job}, primary) (max_over_time(nbwss_last_notification_timestamp_seconds[$(silence)])) > time() - $(silence.seconds)`,
    severity: 'warning',
    summary: `Nothing comes from ${primary}, which is connected`,
    description: `${primary} is connected and has sent no notification for $(silence).`,
  },
  {
    alert: 'NbwssAnswersSlow',
    // Prometheus 3 writes the edge 2 as "2.0".
    expr: `(
  1 - sum by (${job}) (rate(nbwss_answer_duration_seconds_bucket{le=~"$(seconds)(?:[.]0)?"}[$(window)]))
    / sum by (${job}) (rate(nbwss_answer_duration_seconds_count[$(window)]))
  > $(share)
)
and
sum by (${job}) (increase(nbwss_answer_duration_seconds_count[$(window)]))
  - sum by (${job}) (increase(nbwss_answer_duration_seconds_bucket{le=~"$(seconds)(?:[.]0)?"}[$(window)]))
  > $(answers)`,
    severity: 'warning',
    summary: 'Too many answers take over $(seconds) s',
    description:
      '{{ $value | humanizePercentage }} of the answers take over $(seconds) s. NetBackup waits 2 s for one, and sends again after 5 s.',
  },
  {
    alert: 'NbwssNotificationsNotAnswered',
    expr: `sum by (${job}, primary) (increase(nbwss_notifications_total{outcome="failed"}[$(window)])) > $(notifications)`,
    severity: 'warning',
    summary: `Notifications of ${primary} were given up unanswered`,
    description: `{{ $value | printf "%.0f" }} notifications of ${primary} were not delivered. NetBackup sends them again.`,
  },
  {
    alert: 'NbwssNotificationsUnanswered',
    expr: `max by (${job}, primary) (nbwss_oldest_in_flight_seconds) > $(age.seconds)`,
    severity: 'critical',
    summary: `A notification of ${primary} waits and waits`,
    description: `A notification of ${primary} has been waiting for Kafka for {{ $value | humanizeDuration }}.`,
  },
  {
    alert: 'NbwssFramesOverPayloadLimit',
    expr: `sum by (${job}) (increase(nbwss_limit_hits_total{limit="payload"}[$(window)])) > 0`,
    severity: 'critical',
    summary: 'NetBackup sends messages over limits.maxPayloadBytes',
    description:
      'Messages over the limit close the connection and are lost to Kafka until the limit is raised.',
  },
  {
    alert: 'NbwssSchemaVersionRefused',
    expr: `sum by (${job}, subject) (increase(nbwss_schema_versions_refused_total[$(window)])) > 0`,
    severity: 'warning',
    summary: 'The latest version of {{ $labels.subject }} is of no use',
    description:
      'A version of {{ $labels.subject }} was registered that can not be written with. The one before stays in use, also after a restart.',
  },
  {
    alert: 'NbwssDeadLetters',
    expr: `sum by (${job}, reason) (increase(nbwss_dead_letters_total[$(window)])) > $(entries)`,
    severity: 'warning',
    summary: 'Dead letters: {{ $labels.reason }}',
    description:
      '{{ $value | printf "%.0f" }} entries became dead letters, for the reason {{ $labels.reason }}. Consumers lack them until they are replayed.',
  },
  {
    alert: 'NbwssKafkaUnavailable',
    // Of one replica is enough: it may be the one to which the primaries are connected.
    expr: `count by (${job}) (nbwss_kafka_up == 0)`,
    severity: 'critical',
    summary: 'Kafka does not answer',
    description:
      '{{ $value }} replicas get no answer from Kafka, so NetBackup gets none either. Nothing is lost as long as NetBackup keeps it.',
  },
  {
    alert: 'NbwssRegistryErrors',
    expr: `sum by (${job}) (increase(nbwss_errors_total{stage="schemas", code!="schema"}[$(window)])) > $(errors)`,
    severity: 'warning',
    summary: 'The schema registry can not be asked',
    description: 'New schema versions are not seen, and a replica that starts now has to wait.',
  },
  {
    alert: 'NbwssWaitsForSchemas',
    expr: `count by (${job}) (
  group by (${job}, instance) (nbwss_build_info) unless group by (${job}, instance) (nbwss_schema_info)
)`,
    severity: 'critical',
    summary: 'A replica can not start for lack of schemas',
    description:
      '{{ $value }} replicas wait for the schema registry, or for subjects in it, and accept nothing.',
  },
  {
    alert: 'NbwssAuthenticationFailures',
    expr: `sum by (${job}, reason) (increase(nbwss_auth_attempts_total{result="failure"}[$(window)])) > $(failures)`,
    severity: 'warning',
    summary: 'Sessions are refused: {{ $labels.reason }}',
    description:
      '{{ $value | printf "%.0f" }} sessions were refused in $(window), for the reason {{ $labels.reason }}.',
  },
  {
    alert: 'NbwssConnectionsRunOut',
    expr: `max by (${job}, instance) (nbwss_open_connections / nbwss_max_connections) > $(share)`,
    severity: 'warning',
    summary: '{{ $labels.instance }} soon takes no more connections',
    description:
      '{{ $value | humanizePercentage }} of limits.maxConnections are in use. Without a free one the replica is not ready, and drops who comes.',
  },
  {
    alert: 'NbwssCertificateExpiring',
    expr: `min by (${job}) (nbwss_tls_certificate_not_after_timestamp_seconds) - time() < $(left.seconds)`,
    severity: 'warning',
    summary: "The endpoint's certificate expires soon",
    description:
      'It expires in {{ $value | humanizeDuration }}. NetBackup does not connect to an expired one.',
  },
  {
    alert: 'NbwssReloadFailed',
    expr: `min by (${job}, kind) (nbwss_reload_last_successful) == 0`,
    severity: 'warning',
    summary: 'New files can not be used: {{ $labels.kind }}',
    description: 'What was read before stays in use. A restart would fail on these files.',
  },
  {
    alert: 'NbwssEventLoopLag',
    expr: `max by (${job}, instance) (nodejs_eventloop_lag_p99_seconds and on (${job}, instance) nbwss_build_info) > $(seconds)`,
    severity: 'warning',
    summary: '{{ $labels.instance }} has too much to do',
    description:
      'The p99 of the event-loop lag is {{ $value | humanizeDuration }}: answers wait for the processor.',
  },
];
