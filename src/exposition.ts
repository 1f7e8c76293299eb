import type { Metrics } from './metrics.ts';
import type { InFlight } from './pipeline/in-flight.ts';

export interface ExpositionOptions {
  readonly metrics: Metrics;
  readonly inFlight: InFlight;
  /** Who is configured now. */
  readonly primaries: () => readonly string[];
  readonly openConnections: () => number;
}

/** The metrics of this moment, as text. */
export type Exposition = () => Promise<{ readonly text: string; readonly contentType: string }>;

/**
 * What is in flight is read for each scrape. A primary that is no longer configured leaves the gauges once nothing of it is in flight;
 * its counters stay, since a counter that ends can't be added up.
 */
export function createExposition(options: ExpositionOptions): Exposition {
  const { metrics, inFlight, primaries, openConnections } = options;
  const { registry, ...all } = metrics;
  const { primaryConnected, backpressure, inFlightMessages, inFlightBytes, oldestInFlight } = all;
  const gauges = [
    primaryConnected,
    backpressure,
    inFlightMessages,
    inFlightBytes,
    oldestInFlight,
    all.lastNotification,
  ];

  async function forgetRemoved(shown: ReadonlySet<string>): Promise<void> {
    for (const gauge of gauges) {
      for (const { labels } of (await gauge.get()).values)
        if (!shown.has(String(labels.primary))) gauge.remove(labels);
    }
  }

  return async () => {
    const known = (await primaryConnected.get()).values.map(({ labels }) => String(labels.primary));
    const busy = known.filter((primary) => inFlight.of(primary).messages > 0);
    const shown = new Set([...primaries(), ...busy]);
    for (const primary of shown) {
      const { messages, bytes, oldestReceivedAt } = inFlight.of(primary);
      inFlightMessages.set({ primary }, messages);
      inFlightBytes.set({ primary }, bytes);
      const age = oldestReceivedAt === null ? 0 : (Date.now() - oldestReceivedAt) / 1000;
      oldestInFlight.set({ primary }, age);
    }
    all.openConnections.set(openConnections());
    await forgetRemoved(shown);
    return { text: await registry.metrics(), contentType: registry.contentType };
  };
}
