/** What makes each alert fire, and what it must not fire for: series as promtool writes them, a sample a minute. */

import type { AlertName } from '../../tools/ops/thresholds.ts';

export interface AlertCase {
  readonly alert: AlertName;
  readonly name: string;
  readonly series: Readonly<Record<string, string>>;
  /** When it is looked at. */
  readonly at: string;
  /** The labels of the alerts that fire then, without severity. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

const here = { namespace: 'backup', job: 'nbwss-bridge' };
const labels = (pod: string, more = '') =>
  `{namespace="backup",job="nbwss-bridge",instance="${pod}"${more === '' ? '' : `,${more}`}}`;
const of = (metric: string, pod: string, more = '') => `nbwss_${metric}${labels(pod, more)}`;
const p1 = 'primary="nbu1"';
const nbu1 = { ...here, primary: 'nbu1' };

function when(alert: AlertName, name: string, at: string, series: AlertCase['series']) {
  return {
    fires: (...fires: AlertCase['fires']): AlertCase => ({ alert, name, at, series, fires }),
    stays: (): AlertCase => ({ alert, name, at, series, fires: [] }),
  };
}

const answers = (fast: string, all: string) => ({
  [of('answer_duration_seconds_bucket', 'a', 'le="2"')]: fast,
  [of('answer_duration_seconds_bucket', 'a', 'le="+Inf"')]: all,
  [of('answer_duration_seconds_count', 'a')]: all,
});

export const cases: readonly AlertCase[] = [
  when('NbwssBridgeDown', 'no bridge was ever scraped', '5m', {}).fires({}),
  when('NbwssBridgeDown', 'the last replica of one of two namespaces is gone', '20m', {
    [of('build_info', 'a')]: '1x10 stale',
    'nbwss_build_info{namespace="other",job="nbwss-bridge",instance="x"}': '1x40',
  }).fires(here),
  when('NbwssBridgeDown', 'all of them are gone', '20m', { [of('build_info', 'a')]: '1x10 stale' }).fires(
    here,
  ),
  when('NbwssBridgeDown', 'one of two replicas is replaced', '20m', {
    [of('build_info', 'a')]: '1x10 stale',
    [of('build_info', 'b')]: '1x40',
    [of('build_info', 'c')]: '_x11 1x30',
  }).stays(),
  when('NbwssBridgeDown', 'a gap of a minute', '13m', { [of('build_info', 'a')]: '1x10 stale 1x20' }).stays(),

  when('NbwssPrimaryDisconnected', 'no replica has it', '10m', {
    [of('primary_connected', 'a', p1)]: '0x20',
    [of('primary_connected', 'b', p1)]: '0x20',
  }).fires(nbu1),
  when('NbwssPrimaryDisconnected', 'it was lost with its replica', '20m', {
    [of('primary_connected', 'a', p1)]: '1x10 stale',
    [of('primary_connected', 'b', p1)]: '0x40',
  }).fires(nbu1),
  when('NbwssPrimaryDisconnected', 'one of two replicas has it', '20m', {
    [of('primary_connected', 'a', p1)]: '0x40',
    [of('primary_connected', 'b', p1)]: '1x40',
  }).stays(),
  when('NbwssPrimaryDisconnected', 'it moves from a drained replica to another', '20m', {
    [of('primary_connected', 'a', p1)]: '1x10 0 stale',
    [of('draining', 'a')]: '0x10 1 stale',
    [of('primary_connected', 'b', p1)]: '0x12 1x30',
  }).stays(),
  when('NbwssPrimaryDisconnected', 'it is removed from the configuration', '20m', {
    [of('primary_connected', 'a', p1)]: '1x10 stale',
    [of('primary_connected', 'a', 'primary="nbu2"')]: '1x40',
  }).stays(),

  when('NbwssPrimaryFlapping', 'it closes every minute, on either replica', '20m', {
    [of('connections_closed_total', 'a', `${p1},code="1006",initiator="peer"`)]: '0+1x40',
    [of('connections_closed_total', 'b', `${p1},code="1000",initiator="peer"`)]: '0x40',
  }).fires(nbu1),
  when('NbwssPrimaryFlapping', 'a roll-out, and fail-backs that were asked for', '20m', {
    [of('connections_closed_total', 'a', `${p1},code="1001",initiator="bridge"`)]: '0+1x40',
    [of('connections_closed_total', 'a', `${p1},code="1006",initiator="peer"`)]: '0 0 1 2x37',
  }).stays(),
  when('NbwssPrimaryFlapping', 'strangers come and go', '20m', {
    [of('connections_closed_total', 'a', 'primary="",code="1006",initiator="peer"')]: '0+9x40',
  }).stays(),
  when('NbwssPrimaryFlapping', 'counters of a restarted replica begin again', '20m', {
    [of('connections_closed_total', 'a', `${p1},code="1006",initiator="peer"`)]: '900x10 0x30',
  }).stays(),

  when('NbwssPrimarySilent', 'connected, and the last notification is two days old', '49h', {
    [of('primary_connected', 'a', p1)]: '1x3000',
    [of('last_notification_timestamp_seconds', 'a', p1)]: '60x3000',
  }).fires(nbu1),
  when('NbwssPrimarySilent', 'connected for two days, and nothing since the start', '49h', {
    [of('primary_connected', 'a', p1)]: '1x3000',
  }).fires(nbu1),
  when('NbwssPrimarySilent', 'its notifications came to the replica that was replaced since', '49h', {
    [of('primary_connected', 'a', p1)]: '1x2900 stale',
    [of('last_notification_timestamp_seconds', 'a', p1)]: '0+60x2900 stale',
    [of('primary_connected', 'b', p1)]: '_x2900 1x100',
  }).stays(),
  when('NbwssPrimarySilent', 'it is new', '3h', { [of('primary_connected', 'a', p1)]: '1x200' }).stays(),
  when('NbwssPrimarySilent', 'it is not connected: that is another alert', '49h', {
    [of('primary_connected', 'a', p1)]: '0x3000',
  }).stays(),

  when('NbwssAnswersSlow', 'one answer of ten takes too long', '30m', answers('0+90x60', '0+100x60')).fires(
    here,
  ),
  when('NbwssAnswersSlow', 'one of ten, and Prometheus 3 writes the edges as "2.0"', '30m', {
    [of('answer_duration_seconds_bucket', 'a', 'le="2.0"')]: '0+90x60',
    [of('answer_duration_seconds_bucket', 'a', 'le="+Inf"')]: '0+100x60',
    [of('answer_duration_seconds_count', 'a')]: '0+100x60',
  }).fires(here),
  when('NbwssAnswersSlow', 'one of a thousand does', '30m', answers('0+999x60', '0+1000x60')).stays(),
  when(
    'NbwssAnswersSlow',
    'a few answers, and now and then a slow one',
    '30m',
    answers('0+1x60', '0+1.5x60'),
  ).stays(),
  when('NbwssAnswersSlow', 'an outage has ended, with a burst of late answers', '32m', {
    ...answers('0+100x20 2000x9 2000+100x40', '0+100x20 2000x9 2500+100x40'),
  }).stays(),
  when('NbwssAnswersSlow', 'nothing is sent', '30m', answers('7x60', '7x60')).stays(),

  when('NbwssNotificationsNotAnswered', 'a drain ran into its deadline', '12m', {
    [of('notifications_total', 'a', `${p1},outcome="failed"`)]: '0x10 3 stale',
    [of('notifications_total', 'b', `${p1},outcome="failed"`)]: '0x40',
  }).fires(nbu1),
  when('NbwssNotificationsNotAnswered', 'all are delivered', '12m', {
    [of('notifications_total', 'a', `${p1},outcome="delivered"`)]: '0+9x40',
    [of('notifications_total', 'a', `${p1},outcome="failed"`)]: '0x40',
  }).stays(),

  when('NbwssNotificationsUnanswered', 'the oldest grows older', '10m', {
    [of('oldest_in_flight_seconds', 'a', p1)]: '0+60x40',
    [of('oldest_in_flight_seconds', 'b', p1)]: '0x40',
  }).fires(nbu1),
  when('NbwssNotificationsUnanswered', 'each is answered in seconds', '10m', {
    [of('oldest_in_flight_seconds', 'a', p1)]: '2 9 1 30 0 4 2 1 0 3 5',
  }).stays(),
  when('NbwssNotificationsUnanswered', 'the replica restarted', '10m', {
    [of('oldest_in_flight_seconds', 'a', p1)]: '0 0 0 0 0 0 0 61 stale',
    [of('oldest_in_flight_seconds', 'b', p1)]: '_x8 0x20',
  }).stays(),

  when('NbwssFramesOverPayloadLimit', 'one frame', '12m', {
    [of('limit_hits_total', 'a', 'limit="payload"')]: '0x10 1x30',
  }).fires(here),
  when('NbwssFramesOverPayloadLimit', 'strangers hit other limits', '12m', {
    [of('limit_hits_total', 'a', 'limit="payload"')]: '0x40',
    [of('limit_hits_total', 'a', 'limit="unauthenticated-bytes"')]: '0+5x40',
  }).stays(),

  when('NbwssSchemaVersionRefused', 'a version was refused hours ago', '3h', {
    [of('schema_versions_refused_total', 'a', 'subject="jobs-value"')]: '0x10 1x200',
  }).fires({ ...here, subject: 'jobs-value' }),
  when('NbwssSchemaVersionRefused', 'new versions are taken', '3h', {
    [of('schema_versions_refused_total', 'a', 'subject="jobs-value"')]: '0x200',
  }).stays(),

  when('NbwssDeadLetters', 'some, for one reason', '12m', {
    [of('dead_letters_total', 'a', 'reason="no-client-name"')]: '0x10 4x30',
    [of('dead_letters_total', 'a', 'reason="too-large"')]: '0x40',
  }).fires({ ...here, reason: 'no-client-name' }),
  when('NbwssDeadLetters', 'none since the restart', '20m', {
    [of('dead_letters_total', 'a', 'reason="no-client-name"')]: '4x3 0x30',
  }).stays(),

  when('NbwssKafkaUnavailable', 'one of two replicas gets no answer', '10m', {
    [of('kafka_up', 'a')]: '1 1 0x30',
    [of('kafka_up', 'b')]: '1x30',
  }).fires(here),
  when('NbwssKafkaUnavailable', 'a broker restarts', '10m', {
    [of('kafka_up', 'a')]: '1 1 0 0 1x30',
  }).stays(),
  when('NbwssKafkaUnavailable', 'a replica waits for the registry, and has not asked Kafka', '10m', {
    [of('build_info', 'a')]: '1x30',
  }).stays(),

  when('NbwssRegistryErrors', 'every refresh fails, and the counter was not there before', '20m', {
    [of('errors_total', 'a', 'stage="schemas",code="registry-unreachable"')]: '_x3 3+3x40',
  }).fires(here),
  when('NbwssRegistryErrors', 'one refresh failed', '20m', {
    [of('errors_total', 'a', 'stage="schemas",code="registry-unreachable"')]: '0x10 3x30',
  }).stays(),
  when('NbwssRegistryErrors', 'a version is refused: that is another alert', '20m', {
    [of('errors_total', 'a', 'stage="schemas",code="schema"')]: '0+3x30',
  }).stays(),

  when('NbwssWaitsForSchemas', 'a replica has none', '10m', {
    [of('build_info', 'a', 'version="1.0.0"')]: '1x30',
    [of('build_info', 'b', 'version="1.0.0"')]: '1x30',
    [of('schema_info', 'b', 'subject="jobs-value"')]: '1x30',
  }).fires(here),
  when('NbwssWaitsForSchemas', 'a new version of a schema', '10m', {
    [of('build_info', 'a', 'version="1.0.0"')]: '1x30',
    [of('schema_info', 'a', 'subject="jobs-value",version="1"')]: '1x5 stale',
    [of('schema_info', 'a', 'subject="jobs-value",version="2"')]: '_x6 1x30',
  }).stays(),

  when('NbwssAuthenticationFailures', 'a wrong token, again and again', '15m', {
    [of('auth_attempts_total', 'a', 'result="failure",reason="bad-token"')]: '0+1x30',
    [of('auth_attempts_total', 'b', 'result="failure",reason="bad-token"')]: '0x30',
  }).fires({ ...here, reason: 'bad-token' }),
  when('NbwssAuthenticationFailures', 'two in a rotation, and many that are accepted', '15m', {
    [of('auth_attempts_total', 'a', 'result="failure",reason="bad-token"')]: '0x10 2x20',
    [of('auth_attempts_total', 'a', 'result="success",reason="none"')]: '0+9x30',
  }).stays(),

  when('NbwssConnectionsRunOut', 'one of two replicas has a few left', '10m', {
    [of('open_connections', 'a')]: '950x20',
    [of('max_connections', 'a')]: '1000x20',
    [of('open_connections', 'b')]: '3x20',
    [of('max_connections', 'b')]: '1000x20',
  }).fires({ ...here, instance: 'a' }),
  when('NbwssConnectionsRunOut', 'a flood that ends', '10m', {
    [of('open_connections', 'a')]: '3x3 1000x4 3x20',
    [of('max_connections', 'a')]: '1000x30',
  }).stays(),
  when('NbwssConnectionsRunOut', 'half of them are in use', '10m', {
    [of('open_connections', 'a')]: '500x20',
    [of('max_connections', 'a')]: '1000x20',
  }).stays(),

  when('NbwssCertificateExpiring', 'ten days are left', '2h', {
    [of('tls_certificate_not_after_timestamp_seconds', 'a')]: `${10 * 86_400}x200`,
  }).fires(here),
  when('NbwssCertificateExpiring', 'it has expired', '2h', {
    [of('tls_certificate_not_after_timestamp_seconds', 'a')]: '0x200',
  }).fires(here),
  when('NbwssCertificateExpiring', 'thirty days are left', '2h', {
    [of('tls_certificate_not_after_timestamp_seconds', 'a')]: `${30 * 86_400}x200`,
  }).stays(),

  when('NbwssReloadFailed', 'spoilt tokens on one replica', '10m', {
    [of('reload_last_successful', 'a', 'kind="tokens"')]: '1 0x30',
    [of('reload_last_successful', 'b', 'kind="tokens"')]: '1x30',
    [of('reload_last_successful', 'a', 'kind="certificate"')]: '1x30',
  }).fires({ ...here, kind: 'tokens' }),
  when('NbwssReloadFailed', 'mended within a minute', '10m', {
    [of('reload_last_successful', 'a', 'kind="tokens"')]: '1 0 1x30',
  }).stays(),

  when('NbwssEventLoopLag', 'long pauses for a while', '20m', {
    [of('build_info', 'a')]: '1x30',
    [`nodejs_eventloop_lag_p99_seconds${labels('a')}`]: '0.8x30',
  }).fires({ ...here, instance: 'a' }),
  when('NbwssEventLoopLag', "another program's event loop", '20m', {
    [of('build_info', 'a')]: '1x30',
    [`nodejs_eventloop_lag_p99_seconds${labels('a')}`]: '0.02x30',
    'nodejs_eventloop_lag_p99_seconds{namespace="shop",job="cart",instance="x"}': '0.8x30',
  }).stays(),
  when('NbwssEventLoopLag', 'one pause', '20m', {
    [of('build_info', 'a')]: '1x30',
    [`nodejs_eventloop_lag_p99_seconds${labels('a')}`]: '0.02x9 0.9 0.02x20',
  }).stays(),
];
