import type { Logger } from 'pino';
import { BridgeError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { createSeldom, type WriteSeldom } from '../seldom.ts';
import type { EventFields } from './actions.ts';

/** A line of the log is an event: it has an action. */
export type EventLog = Readonly<
  Record<'debug' | 'info' | 'warn' | 'error', (fields: EventFields, text: string) => void>
>;

/** What every business event is told by: a log line and its metrics together. */
export interface Telling {
  readonly log: EventLog;
  /** For lines of the audit. */
  readonly audit: EventLog;
  readonly seldom: WriteSeldom;
  readonly seldomAudit: WriteSeldom;
  readonly metrics: Metrics;
  /** Unix ms. */
  readonly now: () => number;
  countError(stage: string, error: unknown): void;
}

/**
 * @param now Unix ms
 * @param steady in ms, of a clock that never goes back
 */
export function createTelling(
  log: Logger,
  metrics: Metrics,
  now: () => number,
  steady: () => number = () => performance.now(),
): Telling {
  const audit = log.child({ 'event.kind': 'audit' });
  return {
    log,
    audit,
    seldom: createSeldom(log, steady),
    seldomAudit: createSeldom(audit, steady),
    metrics,
    now,
    countError(stage, error) {
      metrics.errors.inc({ stage, code: error instanceof BridgeError ? error.code : 'unexpected' });
    },
  };
}
