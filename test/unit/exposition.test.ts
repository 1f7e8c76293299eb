import { expect, test } from 'vitest';
import { createExposition } from '../../src/exposition.ts';
import { createMetrics, presetMetrics, presetPrimaries } from '../../src/metrics.ts';
import { createInFlight } from '../../src/pipeline/in-flight.ts';
import { parseExposition } from '../helpers/exposition.ts';

const perPrimary = [
  'primary_connected',
  'backpressure_active',
  'in_flight_messages',
  'in_flight_bytes',
  'oldest_in_flight_seconds',
  'last_notification_timestamp_seconds',
];

function given(...names: string[]) {
  let primaries = names;
  const metrics = createMetrics();
  const limits = { maxMessagesPerPrimary: 10, maxBytesPerPrimary: 1000, maxBytes: 1000 };
  const inFlight = createInFlight(limits, () => primaries.length);
  presetMetrics(metrics, primaries, []);
  const read = createExposition({ metrics, inFlight, primaries: () => primaries, openConnections: () => 7 });
  return {
    metrics,
    inFlight,
    read,
    configure: (...now: string[]) => void (primaries = now),
    async shown(): Promise<Record<string, number | undefined>> {
      const exposition = parseExposition((await read()).text);
      const valueOf = (name: string) => exposition.value(`nbwss_${name}`, { primary: 'primary1' });
      return Object.fromEntries(
        [...perPrimary, 'notifications_total'].map((name) => [name, valueOf(name)] as const),
      );
    },
  };
}

test('a primary that is removed leaves every gauge, and keeps its counters', async () => {
  const { metrics, configure, shown } = given('primary1', 'primary2');
  metrics.notifications.inc({ primary: 'primary1', outcome: 'delivered' }, 7);
  metrics.lastNotification.set({ primary: 'primary1' }, 1);
  expect(Object.values(await shown())).not.toContain(undefined);
  configure('primary2');
  const gone = Object.fromEntries(perPrimary.map((name) => [name, undefined]));
  expect(await shown()).toEqual({ ...gone, notifications_total: 7 });
});

test('connections in use are those of the moment of the scrape', async () => {
  const exposition = parseExposition((await given().read()).text);
  expect(exposition.value('nbwss_open_connections')).toBe(7);
});

test('what its last session tells after the removal does not bring it back', async () => {
  const { metrics, configure, shown } = given('primary1');
  configure();
  await shown();
  metrics.primaryConnected.set({ primary: 'primary1' }, 0);
  expect(await shown()).toMatchObject({ primary_connected: undefined });
});

test('a removed primary is shown for as long as messages of it are in flight', async () => {
  const { inFlight, configure, shown } = given('primary1', 'primary2');
  const end = inFlight.begin('primary1', 100, Date.now());
  configure('primary2');
  expect(await shown()).toMatchObject({ in_flight_messages: 1, in_flight_bytes: 100 });
  end();
  expect(await shown()).toMatchObject({ in_flight_messages: undefined, in_flight_bytes: undefined });
});

test('a primary that comes is shown from then on, and one that comes back too', async () => {
  const { metrics, configure, shown } = given('primary2');
  expect(await shown()).toMatchObject({ primary_connected: undefined });
  for (let times = 0; times < 2; times++) {
    configure('primary1', 'primary2');
    presetPrimaries(metrics, ['primary1']);
    expect(await shown()).toMatchObject({ primary_connected: 0, in_flight_messages: 0 });
    configure('primary2');
    expect(await shown()).toMatchObject({ primary_connected: undefined, in_flight_messages: undefined });
  }
});
