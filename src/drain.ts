import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Health } from './admin/health.ts';
import type { Config } from './config/schema.ts';
import { BridgeError } from './errors.ts';
import type { Metrics } from './metrics.ts';
import type { InFlight } from './pipeline/in-flight.ts';
import type { Producer } from './produce/producer.ts';
import type { Listener } from './session/server.ts';

export interface DrainOptions {
  readonly listener: Listener;
  readonly producer: Producer;
  readonly inFlight: InFlight;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/**
 * Unready, still accepting for a while, then no new message; what is in flight is finished and answered; then 1001.
 * @returns whether all of it was finished before the deadline
 */
export async function drain(
  { delayMs, deadlineMs }: Config['drain'],
  { listener, producer, inFlight, health, metrics, log }: DrainOptions,
): Promise<boolean> {
  health.set('draining', () => 'draining');
  metrics.draining.set(1);
  log.info({ action: 'drain-started', 'event.kind': 'audit', delayMs, deadlineMs }, 'draining');
  await delay(delayMs);
  listener.drain();
  log.info({ action: 'drain-listener-closed' }, 'no longer accepting');
  const deadline = new AbortController();
  const late = delay(deadlineMs, 'late' as const, { signal: deadline.signal }).catch(
    () => 'in time' as const,
  );
  const drained = (await Promise.race([inFlight.idle(), late])) !== 'late';
  deadline.abort();
  if (!drained) {
    const message = `the drain deadline of ${deadlineMs} ms passed: what is in flight is not answered, NetBackup sends it again`;
    log.error({ action: 'drain-deadline-passed', 'event.kind': 'audit', deadlineMs }, message);
    producer.stop(new BridgeError(message, { code: 'drain-deadline', retryable: true }));
  }
  await listener.close();
  log.info({ action: 'drain-connections-closed' }, 'connections closed');
  return drained;
}
