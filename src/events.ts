import type { Logger } from 'pino';
import { reasonOf } from './errors.ts';
import { createKafkaEvents, type KafkaEvents } from './events/kafka.ts';
import { createMessageEvents } from './events/messages.ts';
import { createPeerEvents } from './events/peers.ts';
import { createReloadEvents } from './events/reload.ts';
import { createSchemaEvents, type WrittenSchemaEvents } from './events/schemas.ts';
import { createTelling } from './events/telling.ts';
import type { TracingEvents } from './tracing/collector.ts';
import type { FailBackEvents } from './fail-back.ts';
import type { Metrics } from './metrics.ts';
import type { PipelineEvents } from './pipeline/pipeline.ts';
import type { ReloadEvents } from './reload/reload.ts';
import type { SessionEvents } from './session/session-events.ts';
import type { ServerEvents } from './session/server.ts';

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
    KafkaEvents,
    ReloadEvents,
    WrittenSchemaEvents,
    TracingEvents,
    FailBackEvents {
  /** A record in which a time that no reader could hold is null. */
  oddTime(primary: string): void;
  waiting(step: string, error: unknown): void;
  /** @param reason what may come of the limits as they are, @param setting the one that it is said of */
  limitsDoubtful(setting: string, reason: string): void;
}

/** The clocks are those of createTelling. */
export function createEvents(
  log: Logger,
  metrics: Metrics,
  now: () => number,
  steady?: () => number,
): Events {
  const telling = createTelling(log, metrics, now, steady);
  return {
    ...createPeerEvents(telling),
    ...createMessageEvents(telling),
    ...createKafkaEvents(telling),
    ...createReloadEvents(telling),
    ...createSchemaEvents(telling),
    sessionsClosed(primary, sessions, remote) {
      const fields = { action: 'sessions-closed', primary, sessions, remote } as const;
      telling.audit.info(fields, 'sessions closed for a fail-back');
    },
    oddTime(primary) {
      metrics.oddities.inc({ primary, what: 'time' });
    },
    spansLost(reason) {
      metrics.errors.inc({ stage: 'tracing', code: 'spans-lost' });
      telling.seldom('spans-lost', 'warn', { action: 'spans-lost', reason }, 'spans are lost');
    },
    limitsDoubtful(setting, reason) {
      telling.log.warn({ action: 'limits-doubtful', setting, reason }, 'limits do not go together');
    },
    waiting(step, error) {
      telling.countError(step, error);
      if (step === 'kafka' || step === 'topics') metrics.kafkaUp.set(0);
      telling.log.error({ action: 'start-waiting', step, reason: reasonOf(error) }, 'waiting: not ready yet');
    },
  };
}
