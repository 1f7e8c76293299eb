import type { Logger } from 'pino';
import type { AppenderEvents } from './kafka/append.ts';
import type { RegisteredSchema } from './encode/encoder.ts';
import type { SchemaEvents } from './encode/schemas.ts';
import { BridgeError, reasonOf } from './errors.ts';
import { type Metrics, presetPrimaries } from './metrics.ts';
import type { PipelineEvents } from './pipeline/pipeline.ts';
import type { LaneEvents } from './produce/lane.ts';
import type { ReloadEvents } from './reload/reload.ts';
import type { SessionEvents } from './session/session-events.ts';
import type { ServerEvents } from './session/server.ts';
import { createSeldom } from './seldom.ts';
import type { Unwritable } from './split/entry.ts';

/**
 * One function for each business event: its log line and its metrics together. Lines say who, what and why; they never
 * hold a payload, a token, or a part of one. What happens for every message, and for every resend, is a debug line; what a peer
 * can bring about as often as it likes is a line once in a while.
 */
export interface Events
  extends
    SessionEvents,
    ServerEvents,
    PipelineEvents,
    LaneEvents,
    AppenderEvents,
    ReloadEvents,
    SchemaEvents {
  /** @param error why Kafka doesn't answer; null when it does again */
  kafkaChanged(error: Error | null): void;
  waiting(step: string, error: unknown): void;
}

/** A retried batch is told of at once and then every n-th time: an outage is one story, not a line every two seconds. */
const attemptsPerLine = 20;

/** After a reload that failed. */
const whatStays = {
  tokens:
    'the tokens from before stay in use, removed ones too; correct the files, they are read again when they change ' +
    '(to take away the last token, stop the bridge)',
  certificate:
    'the certificate from before stays in use; correct the files, they are read again when they change',
} as const;

/** From here on a close code is whatever the peer made up (RFC 6455, 7.4.2): one label for all of them. */
const firstFreeCloseCode = 3000;

/** Longer than any in good faith: a host name has 253 characters at most. */
const maxOriginLength = 300;

/** @param now Unix ms */
export function createEvents(log: Logger, metrics: Metrics, now: () => number): Events {
  const audit = log.child({ 'event.kind': 'audit' });
  const seldom = createSeldom(log, now);
  const seldomAudit = createSeldom(audit, now);
  const open = new Map<string, number>();

  function countOpen(primary: string, by: number): void {
    const count = (open.get(primary) ?? 0) + by;
    open.set(primary, count);
    metrics.primaryConnected.set({ primary }, count > 0 ? 1 : 0);
    const fields = { primary, sessions: count };
    if (by > 0 && count > 1)
      seldom(`several sessions ${primary}`, 'warn', fields, 'the primary has several sessions');
  }

  return {
    opened(remote) {
      metrics.connectionsOpened.inc();
      metrics.connections.inc({ state: 'unauthenticated' });
      metrics.handshakes.inc({ result: 'success', reason: 'none' });
      log.debug({ remote }, 'connection opened');
    },
    authenticated(primary, remote) {
      metrics.authAttempts.inc({ result: 'success', reason: 'none' });
      metrics.connections.dec({ state: 'unauthenticated' });
      metrics.connections.inc({ state: 'authenticated' });
      countOpen(primary, 1);
      audit.info({ primary, remote }, 'session opened');
    },
    refused(remote, reason, primary) {
      metrics.authAttempts.inc({ result: 'failure', reason });
      audit.warn({ remote, reason, primary }, 'session refused');
    },
    closed(primary, remote, code, byUs) {
      const initiator = byUs ? 'bridge' : 'peer';
      const label = code < firstFreeCloseCode ? String(code) : 'other';
      metrics.connectionsClosed.inc({ primary: primary ?? '', code: label, initiator });
      metrics.connections.dec({ state: primary === null ? 'unauthenticated' : 'authenticated' });
      if (primary === null) return;
      countOpen(primary, -1);
      audit.info({ primary, remote, code, initiator }, 'session closed');
    },
    handshakeFailed(reason, remote) {
      metrics.handshakes.inc({ result: 'failure', reason });
      log.debug({ reason, remote }, 'handshake failed');
    },
    clientCertificateRefused(reason, remote) {
      metrics.handshakes.inc({ result: 'failure', reason });
      const text = 'client certificate refused';
      seldomAudit(`certificate ${reason}`, 'warn', { reason, remote }, text);
    },
    originRefused(origin, remote) {
      const fields = { limit: 'origin', origin: origin.slice(0, maxOriginLength), remote };
      metrics.limitHits.inc({ limit: 'origin' });
      seldom('limit origin', 'warn', fields, 'Origin refused: it is not among listen.allowedOrigins');
    },
    proxyRefused(reason, remote) {
      metrics.handshakes.inc({ result: 'failure', reason });
      const text =
        'connection refused: it does not begin with a header of the PROXY protocol (listen.proxyProtocol)';
      seldom(`proxy ${reason}`, 'warn', { reason, remote }, text);
    },
    serverLimitHit: limitHit,
    limitHit,
    paused(primary, active) {
      metrics.backpressure.inc({ primary }, active ? 1 : -1);
      const text = active ? 'back-pressure: the socket is paused' : 'back-pressure ended';
      seldom(`${text} ${primary}`, 'warn', { primary, active }, text);
    },
    received(primary, message, bytes) {
      metrics.receivedMessages.inc({
        primary,
        type: message.kind === 'ignored' ? message.type : message.kind,
      });
      metrics.receivedBytes.inc(bytes);
      if (message.kind === 'ignored')
        seldom(`ignored ${primary}`, 'info', { primary, type: message.type }, 'message ignored');
      if (message.kind !== 'notification') return;
      metrics.lastNotification.set({ primary }, message.receivedAt / 1000);
      message.oddities.forEach((what) => metrics.oddities.inc({ primary, what }));
    },
    answered(_primary, receivedAt) {
      metrics.answerDuration.observe((now() - receivedAt) / 1000);
    },
    delivered({ primary, id }, { jobs, images, deadLetters }) {
      metrics.notifications.inc({ primary, outcome: 'delivered' });
      if (jobs > 0) metrics.entries.inc({ primary, object: 'job', outcome: 'delivered' }, jobs);
      if (images > 0) metrics.entries.inc({ primary, object: 'image', outcome: 'delivered' }, images);
      log.debug(
        { primary, messageId: id, jobs, images, deadLetters: deadLetters.length },
        'message delivered',
      );
      if (deadLetters.length > 0) deadLettersCommitted(primary, id, deadLetters);
    },
    coalesced({ primary, id }) {
      metrics.coalesced.inc({ primary });
      log.debug({ primary, messageId: id }, 'resend coalesced');
    },
    idReused({ primary, id }) {
      metrics.idReused.inc({ primary });
      const text = 'the id was seen with another payload: delivered as a message of its own';
      seldom(`id reused ${primary}`, 'warn', { primary, messageId: id }, text);
    },
    joinedTooOften({ primary, id }) {
      metrics.limitHits.inc({ limit: 'joins' });
      log.debug({ primary, messageId: id }, 'resend passed over: enough of them wait for this delivery');
    },
    notDelivered({ primary, id }, error) {
      metrics.notifications.inc({ primary, outcome: 'failed' });
      countError('deliver', error);
      log.error(
        { primary, messageId: id, reason: reasonOf(error) },
        'message not delivered: it is not answered',
      );
    },
    retry({ topic, partition }, records, attempt, error) {
      metrics.produceRetries.inc({ topic });
      countError('append', error);
      const level = attempt % attemptsPerLine === 1 ? 'warn' : 'debug';
      log[level](
        { topic, partition, records, attempt, code: error.code, reason: error.message },
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
      log.warn({ topic, partition, records, code }, 'batch refused by the broker');
    },
    possibleDuplicates({ topic, partition }, records) {
      metrics.possibleDuplicates.inc(records);
      log.warn(
        { topic, partition, records },
        'batch is sent by another producer: its records may be in Kafka twice',
      );
    },
    producerReplaced(reason) {
      metrics.producersReplaced.inc();
      log.warn({ reason }, 'Kafka producer replaced');
    },
    kafkaChanged(error) {
      metrics.kafkaUp.set(error === null ? 1 : 0);
      if (error === null) {
        log.info('Kafka answers again');
        return;
      }
      countError('kafka', error);
      log.error({ reason: error.message }, 'Kafka does not answer: notifications wait unanswered');
    },
    tokensReloaded(changes) {
      metrics.reloadLastSuccessful.set({ kind: 'tokens' }, 1);
      presetPrimaries(metrics, changes.added);
      audit.info({ ...changes }, 'tokens reloaded');
    },
    certificateReloaded({ subject, notAfter }) {
      metrics.reloadLastSuccessful.set({ kind: 'certificate' }, 1);
      metrics.certificateNotAfter.set(notAfter / 1000);
      audit.info({ subject, notAfter: new Date(notAfter).toISOString() }, 'certificate reloaded');
    },
    reloadFailed(kind, problems) {
      metrics.reloadLastSuccessful.set({ kind }, 0);
      audit.error({ kind, problems }, `reload failed: ${whatStays[kind]}`);
    },
    unwatched(directory, error) {
      const text =
        'the directory can not be watched: changes are found by the poll alone (reload.pollIntervalMs)';
      log.warn({ directory, reason: reasonOf(error) }, text);
    },
    schemaInUse(schema, before) {
      const { subject, id, version } = schema;
      if (before !== null) metrics.schemaInfo.remove(schemaLabels(before));
      metrics.schemaInfo.set(schemaLabels(schema), 1);
      metrics.schemaVersionsRefused.inc({ subject }, 0);
      const fields = { 'event.kind': 'audit', subject, schemaId: id, version };
      if (before === null) log.info(fields, 'schema in use');
      else log.info({ ...fields, versionBefore: before.version }, 'new version of the schema in use');
    },
    schemaRefused({ subject, id, version }, error) {
      metrics.schemaVersionsRefused.inc({ subject });
      countError('schemas', error);
      log.error(
        { subject, schemaId: id, version, reason: error.message },
        "the registry's version can't be written with: the one before stays in use",
      );
    },
    schemaLookUpFailed(subject, error) {
      countError('schemas', error);
      const fields = { subject, reason: reasonOf(error) };
      seldom(
        `schemas ${subject}`,
        'warn',
        fields,
        'the schema registry could not be asked: the version in use stays',
      );
    },
    waiting(step, error) {
      countError(step, error);
      log.error({ step, reason: reasonOf(error) }, 'waiting: not ready yet');
    },
  };

  function limitHit(limit: string, remote: string): void {
    metrics.limitHits.inc({ limit });
    seldom(`limit ${limit}`, 'warn', { limit, remote }, 'limit reached');
  }

  function deadLettersCommitted(primary: string, id: string | null, reasons: readonly Unwritable[]): void {
    const counts: Partial<Record<Unwritable, number>> = {};
    for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
    for (const [reason, count] of Object.entries(counts)) metrics.deadLetters.inc({ reason }, count);
    metrics.entries.inc({ primary, object: 'any', outcome: 'rejected' }, reasons.length);
    const fields = { primary, messageId: id, reasons: counts };
    seldom(`dead letters ${primary}`, 'warn', fields, 'dead letters committed');
  }

  function schemaLabels({ subject, id, version }: RegisteredSchema) {
    return { subject, schema_id: String(id), version: String(version) };
  }

  function countError(stage: string, error: unknown): void {
    metrics.errors.inc({ stage, code: error instanceof BridgeError ? error.code : 'unexpected' });
  }
}
