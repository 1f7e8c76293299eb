/** The alerts, from which helm/nbwss-bridge/files/alerts.yaml is made. Each has a section of its name in docs/runbook.md. */
import { stringify } from 'yaml';
import { limit } from './thresholds.ts';

export interface Alert {
  readonly alert: string;
  /** PromQL. A primary is connected to one replica: what is said of it is said over all replicas of a job. */
  readonly expr: string;
  readonly for?: string;
  /** critical: notifications are not delivered, or soon won't be. warning: somebody should look in working hours. */
  readonly severity: 'critical' | 'warning';
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
  group by (${job}) (present_over_time(nbwss_build_info[${limit.rememberedFor}]))
  unless
  group by (${job}) (nbwss_build_info)
)
or
absent_over_time(nbwss_build_info[${limit.rememberedFor}])`,
    for: limit.downFor,
    severity: 'critical',
    summary: 'No replica of nbwss-bridge answers',
    description:
      'Prometheus gets metrics of no replica. NetBackup keeps what it has to tell until one is back.',
  },
  {
    alert: 'NbwssPrimaryDisconnected',
    expr: `max by (${job}, primary) (nbwss_primary_connected) == 0`,
    for: limit.disconnectedFor,
    severity: 'critical',
    summary: `No replica has a session of ${primary}`,
    description: `NetBackup's ${primary} is configured, and has been connected to no replica for ${limit.disconnectedFor}.`,
  },
  {
    alert: 'NbwssPrimaryFlapping',
    // What the bridge closes with 1001 is a drain or a fail-back: it was asked for.
    expr: `sum by (${job}, primary) (
  increase(nbwss_connections_closed_total{primary!=""}[${limit.flappingWindow}])
  unless
  increase(nbwss_connections_closed_total{primary!="", code="1001", initiator="bridge"}[${limit.flappingWindow}])
) > ${limit.flappingCloses}`,
    severity: 'warning',
    summary: `The connection of ${primary} does not last`,
    description: `${primary} lost {{ $value | printf "%.0f" }} sessions in ${limit.flappingWindow}. Resends and late notifications follow.`,
  },
  {
    alert: 'NbwssPrimarySilent',
    // Restarts lose the time of the last notification, so the series of the processes before count too.
    expr: `(
  max by (${job}, primary) (nbwss_primary_connected) == 1
  and
  max by (${job}, primary) (nbwss_primary_connected offset ${limit.silentFor}) >= 0
)
unless
max by (${job}, primary) (max_over_time(nbwss_last_notification_timestamp_seconds[${limit.silentFor}])) > time() - ${seconds(limit.silentFor)}`,
    for: '5m',
    severity: 'warning',
    summary: `Nothing comes from ${primary}, which is connected`,
    description: `${primary} is connected and has sent no notification for ${limit.silentFor}.`,
  },
  {
    alert: 'NbwssAnswersSlow',
    expr: `(
  1 - sum by (${job}) (rate(nbwss_answer_duration_seconds_bucket{le="${limit.answerSeconds}"}[${limit.slowWindow}]))
    / sum by (${job}) (rate(nbwss_answer_duration_seconds_count[${limit.slowWindow}]))
  > ${limit.slowShare}
)
and
sum by (${job}) (increase(nbwss_answer_duration_seconds_count[${limit.slowWindow}]))
  - sum by (${job}) (increase(nbwss_answer_duration_seconds_bucket{le="${limit.answerSeconds}"}[${limit.slowWindow}]))
  > ${limit.slowAnswers}`,
    for: limit.slowFor,
    severity: 'warning',
    summary: `The p99 of the answers is over ${limit.answerSeconds} s`,
    description: `{{ $value | humanizePercentage }} of the answers take over ${limit.answerSeconds} s, for which NetBackup waits; over 5 s it sends again.`,
  },
  {
    alert: 'NbwssNotificationsNotAnswered',
    expr: `sum by (${job}, primary) (increase(nbwss_notifications_total{outcome="failed"}[${limit.failedWindow}])) > 0`,
    severity: 'warning',
    summary: `Notifications of ${primary} were given up unanswered`,
    description: `{{ $value | printf "%.0f" }} notifications of ${primary} were not delivered. NetBackup sends them again.`,
  },
  {
    alert: 'NbwssNotificationsUnanswered',
    expr: `max by (${job}, primary) (nbwss_oldest_in_flight_seconds) > ${limit.unansweredSeconds}`,
    for: limit.unansweredFor,
    severity: 'critical',
    summary: `A notification of ${primary} waits and waits`,
    description: `A notification of ${primary} has been waiting for Kafka for {{ $value | humanizeDuration }}.`,
  },
  {
    alert: 'NbwssFramesOverPayloadLimit',
    expr: `sum by (${job}) (increase(nbwss_limit_hits_total{limit="payload"}[${limit.payloadWindow}])) > 0`,
    severity: 'critical',
    summary: 'NetBackup sends messages over limits.maxPayloadBytes',
    description:
      'Messages over the limit close the connection and are lost to Kafka until the limit is raised.',
  },
  {
    alert: 'NbwssSchemaVersionRefused',
    expr: `sum by (${job}, subject) (increase(nbwss_schema_versions_refused_total[${limit.refusedWindow}])) > 0`,
    severity: 'warning',
    summary: 'The latest version of {{ $labels.subject }} is of no use',
    description:
      'A version of {{ $labels.subject }} was registered that can not be written with. The one before stays in use; the next start will wait for a better one.',
  },
  {
    alert: 'NbwssDeadLetters',
    expr: `sum by (${job}, reason) (increase(nbwss_dead_letters_total[${limit.deadLetterWindow}])) > 0`,
    severity: 'warning',
    summary: 'Dead letters: {{ $labels.reason }}',
    description:
      '{{ $value | printf "%.0f" }} entries became dead letters, for the reason {{ $labels.reason }}. Consumers lack them until they are replayed.',
  },
  {
    alert: 'NbwssKafkaUnavailable',
    // Of one replica is enough: it may be the one to which the primaries are connected.
    expr: `count by (${job}) (nbwss_kafka_up == 0)`,
    for: limit.kafkaFor,
    severity: 'critical',
    summary: 'Kafka does not answer',
    description:
      '{{ $value }} replicas get no answer from Kafka, so NetBackup gets none either. Nothing is lost as long as NetBackup keeps it.',
  },
  {
    alert: 'NbwssRegistryErrors',
    expr: `sum by (${job}) (increase(nbwss_errors_total{stage="schemas", code!="schema"}[${limit.registryWindow}])) > ${limit.registryErrors}`,
    severity: 'warning',
    summary: 'The schema registry can not be asked',
    description: 'New schema versions are not seen, and a replica that starts now has to wait.',
  },
  {
    alert: 'NbwssWaitsForSchemas',
    expr: `count by (${job}) (
  group by (${job}, instance) (nbwss_build_info) unless group by (${job}, instance) (nbwss_schema_info)
)`,
    for: limit.registryWaitFor,
    severity: 'critical',
    summary: 'A replica can not start for lack of schemas',
    description:
      '{{ $value }} replicas wait for the schema registry, or for subjects in it, and accept nothing.',
  },
  {
    alert: 'NbwssAuthenticationFailures',
    expr: `sum by (${job}, reason) (increase(nbwss_auth_attempts_total{result="failure"}[${limit.authWindow}])) > ${limit.authFailures}`,
    severity: 'warning',
    summary: 'Sessions are refused: {{ $labels.reason }}',
    description:
      '{{ $value | printf "%.0f" }} sessions were refused in a few minutes, for the reason {{ $labels.reason }}.',
  },
  {
    alert: 'NbwssCertificateExpiring',
    expr: `min by (${job}) (nbwss_tls_certificate_not_after_timestamp_seconds) - time() < ${limit.certificateSeconds}`,
    for: limit.certificateFor,
    severity: 'warning',
    summary: "The endpoint's certificate expires soon",
    description:
      'It expires in {{ $value | humanizeDuration }}. NetBackup does not connect to an expired one.',
  },
  {
    alert: 'NbwssReloadFailed',
    expr: `min by (${job}, kind) (nbwss_reload_last_successful) == 0`,
    for: limit.reloadFor,
    severity: 'warning',
    summary: 'New files can not be used: {{ $labels.kind }}',
    description: 'What was read before stays in use. A restart would fail on these files.',
  },
  {
    alert: 'NbwssEventLoopLag',
    expr: `max by (${job}, instance) (nodejs_eventloop_lag_p99_seconds and on (${job}, instance) nbwss_build_info) > ${limit.lagSeconds}`,
    for: limit.lagFor,
    severity: 'warning',
    summary: '{{ $labels.instance }} has too much to do',
    description:
      'The p99 of the event-loop lag is {{ $value | humanizeDuration }}: answers wait for the processor.',
  },
];

/** GitHub's anchor of the alert's section; the chart makes addresses with it. */
export function runbookUrl({ alert }: Alert): string {
  return `docs/runbook.md#${alert.toLowerCase()}`;
}

/** The file of rules, as Prometheus and promtool take it. */
export function renderAlerts(): string {
  const rules = alerts.map((each) => {
    const { alert, expr, severity, summary, description } = each;
    return {
      alert,
      expr,
      ...(each.for === undefined ? {} : { for: each.for }),
      labels: { severity },
      annotations: { summary, description, runbook_url: runbookUrl(each) },
    };
  });
  const groups = [{ name: 'nbwss-bridge', rules }];
  return `${head}${stringify({ groups }, { lineWidth: 0 })}`;
}

const head = `# Rules as Prometheus and promtool take them; the chart puts the runbook's real address into runbook_url.
# Generated from tools/ops/alerts.ts and tools/ops/thresholds.ts: change them, then run: npm run docs
`;

function seconds(days: string): number {
  return Number.parseInt(days, 10) * 86_400;
}
