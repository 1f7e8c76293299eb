import type { Health } from './admin/health.ts';
import type { Config } from './config/schema.ts';
import type { Files } from './files.ts';
import type { InFlight } from './pipeline/in-flight.ts';
import type { Listener } from './session/server.ts';

export interface ListenerChecksOptions {
  readonly config: Pick<Config, 'limits' | 'readiness'>;
  readonly files: Files;
  readonly inFlight: InFlight;
  readonly listener: Pick<Listener, 'connections'>;
}

/** Adds what readiness consists of once the listener is bound (docs/adr/0015-full-is-unready.md). */
export function addListenerChecks(health: Health, options: ListenerChecksOptions): void {
  const { config, files, inFlight, listener } = options;
  health.set('listener', () => null);
  health.set('connections', () => noConnectionFree(listener.connections, config.limits.maxConnections));
  health.set('in flight', () =>
    oldestInFlight(inFlight, files.credentials.primaries, config.readiness.maxOldestInFlightMs),
  );
}

function noConnectionFree(open: number, max: number): string | null {
  return open < max ? null : `all ${max} connections are in use (limits.maxConnections): one more is dropped`;
}

function oldestInFlight(inFlight: InFlight, primaries: readonly string[], maxAgeMs: number): string | null {
  for (const primary of primaries) {
    const age = Date.now() - (inFlight.of(primary).oldestReceivedAt ?? Infinity);
    if (age > maxAgeMs)
      return `a message of ${primary} has been waiting for Kafka for ${Math.round(age / 1000)} s`;
  }
  return null;
}
