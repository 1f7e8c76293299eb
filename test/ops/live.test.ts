import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { documentedMetrics } from '../../tools/docs/metrics.ts';
import { labelNote } from '../../tools/docs/metric-notes.ts';
import { readMetrics } from '../helpers/admin.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import type { Exposition } from '../helpers/exposition.ts';
import { openRegistryDoor } from '../helpers/registry-door.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { eventually, load, oddMessages, strangers, troubledSettings } from './trouble.ts';

interface Target {
  readonly expr: string;
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly Target[] }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly annotations: { readonly list: readonly Target[] };
}

const dashboard = JSON.parse(
  readFileSync(new URL('../../helm/nbwss-bridge/files/dashboard.json', import.meta.url), 'utf8'),
) as Dashboard;

const running = new AsyncDisposableStack();
let bridge: TestBridge;
let prometheus: Prometheus;
let exposition: Exposition;

/** A bridge under load, with one of each trouble, that Prometheus has scraped for a while. */
beforeAll(async () => {
  const door = running.use(await openRegistryDoor(null));
  const settings = { ...troubledSettings, registry: { url: door.url } };
  bridge = running.use(await startTestBridge({ settings, primaries: ['primary1', 'primary2'] }));
  const directory = running.use(await temporaryDirectory(join(tmpdir(), 'nbwss-ops-')));
  prometheus = running.use(await startPrometheus(bridge.bridge.adminUrl, directory.path));
  await eventually(async () => expect(await prometheus.range('nbwss_build_info')).toHaveLength(1));
  await using one = await bridge.connect('primary1');
  await using two = await bridge.connect('primary2');
  const stop = new AbortController();
  const loading = Promise.all([load(one, stop.signal), load(two, stop.signal)]);
  await strangers(bridge);
  await using troubled = await bridge.connect('primary1');
  await oddMessages(bridge, troubled);
  door.forbidden = true;
  await eventually(async () => {
    expect(await prometheus.range('increase(nbwss_errors_total{stage="schemas"}[15s]) > 0')).not.toEqual([]);
    expect(await prometheus.range('rate(nbwss_handshakes_total{result="failure"}[15s])')).not.toEqual([]);
    expect(await prometheus.range('ALERTS{alertname="NbwssDeadLetters"}')).not.toEqual([]);
  });
  exposition = await readMetrics(bridge.bridge.adminUrl);
  stop.abort();
  await loading;
}, 600_000);

afterAll(() => running.disposeAsync());

test('a loaded bridge exposes the documented metrics and no other, each of the documented type', () => {
  const documented = documentedMetrics().map(({ name, type }) => [name, type]);
  expect(Object.fromEntries(exposition.types)).toEqual(Object.fromEntries(documented));
});

test('their labels are the documented ones, and no value comes from a peer', () => {
  const documented = new Map(documentedMetrics().map((metric) => [metric.name, metric.labels]));
  const ours = exposition.samples.filter(({ name }) => name.startsWith('nbwss_'));
  expect(ours.length).toBeGreaterThan(100);
  for (const { name, labels } of ours) {
    const metric = documented.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, '');
    const { le: _, ...own } = labels;
    expect(Object.keys(own).toSorted(), name).toEqual([...(documented.get(metric) ?? [])].toSorted());
    for (const [label, value] of Object.entries(own)) {
      expect(value, `${metric}{${label}}`).toMatch(labelNote(metric, label)?.pattern ?? /never/);
      if (label === 'primary') expect(['', 'primary1', 'primary2']).toContain(value);
    }
  }
});

test('what went wrong is counted where the documentation says', () => {
  for (const [name, labels] of [
    ['dead_letters_total', { reason: 'no-client-name' }],
    ['dead_letters_total', { reason: 'not-json' }],
    ['dead_letters_total', { reason: 'too-large' }],
    ['auth_attempts_total', { result: 'failure', reason: 'bad-token' }],
    ['handshakes_total', { result: 'failure' }],
    ['connections_closed_total', { code: 'other' }],
    ['limit_hits_total', { limit: 'payload' }],
    ['coalesced_total', { primary: 'primary1' }],
    ['id_reused_total', { primary: 'primary1' }],
    ['oddities_total', { what: 'version' }],
    ['batches_refused_total', { code: 'MESSAGE_TOO_LARGE' }],
    ['errors_total', { stage: 'schemas' }],
  ] as const)
    expect(exposition.value(`nbwss_${name}`, labels), `${name} ${JSON.stringify(labels)}`).toBeGreaterThan(0);
});

const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

test.each(queries)('the panel "%s" shows data: %s', async (_, expr) => {
  const series = await prometheus.range(filledIn(expr));
  const values = series.flatMap((each) => each.values.map(([, value]) => Number(value)));
  expect(values.some(Number.isFinite)).toBe(true);
});

test('its variables have values, and its annotation is a query', async () => {
  const choices = dashboard.templating.list.filter(({ definition }) => definition !== undefined);
  expect(choices.map(({ name }) => name)).toEqual(['namespace', 'job', 'instance', 'primary']);
  for (const { definition = '' } of choices) {
    const [, match = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
    expect(await prometheus.labelValues(label, filledIn(match)), definition).not.toEqual([]);
  }
  for (const { expr } of dashboard.annotations.list) await prometheus.range(filledIn(expr));
});

test('the alerts of what went wrong fire, and none of what did not', async () => {
  const firing = await prometheus.range('ALERTS{alertstate="firing"}');
  const names = new Set(firing.map(({ metric }) => metric['alertname']));
  expect(names).toContain('NbwssDeadLetters');
  expect(names).toContain('NbwssFramesOverPayloadLimit');
  for (const name of [
    'NbwssBridgeDown',
    'NbwssPrimaryDisconnected',
    'NbwssKafkaUnavailable',
    'NbwssSchemaVersionRefused',
  ])
    expect(names).not.toContain(name);
});

/** As Grafana fills it in, everything being chosen. */
function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '15s').replaceAll(/\$(?:namespace|job|instance|primary)/g, '.*');
}
