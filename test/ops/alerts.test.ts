import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { alerts } from '../../tools/ops/alerts.ts';
import { fetchPrometheus } from '../../tools/ops/fetch.ts';
import { cases } from './alert-cases.ts';
import { expectAlerts, promtool, withoutAnnotations } from './promtool.ts';

const rulesFile = new URL('../../helm/nbwss-bridge/files/alerts.yaml', import.meta.url);
let rules: string;

beforeAll(async () => {
  await fetchPrometheus((line) => void process.stderr.write(`${line}\n`));
  rules = await readFile(rulesFile, 'utf8');
}, 600_000);

test('promtool takes the rules, templates and all', async () => {
  expect(await promtool(['check', 'rules', 'alerts.yaml'], { 'alerts.yaml': rules })).toContain(
    `SUCCESS: ${alerts.length} rules found`,
  );
});

test('every alert has a case in which it fires, and one in which it does not', () => {
  const tested = (fires: boolean) =>
    new Set(cases.filter((each) => each.fires.length > 0 === fires).map(({ alert }) => alert));
  const names = new Set(alerts.map(({ alert }) => alert));
  expect(tested(true)).toEqual(names);
  expect(tested(false)).toEqual(names);
});

test.each(
  cases.map(
    (each) => [each.alert, each.fires.length > 0 ? 'fires' : 'stays quiet', each.name, each] as const,
  ),
)('%s %s: %s', async (alert, _fires, _name, each) => {
  const severity = alerts.find((one) => one.alert === alert)?.severity ?? '';
  const expected = each.fires.map((labels) => ({ exp_labels: { ...labels, severity } }));
  await expectAlerts(withoutAnnotations(rules), each, expected);
});

test('the annotations say who and how much', async () => {
  const given = {
    alert: 'NbwssDeadLetters' as const,
    series: { 'nbwss_dead_letters_total{reason="too-large",job="b"}': '0x10 4x30' },
    at: '20m',
  };
  await expectAlerts(rules, given, [
    {
      exp_labels: { job: 'b', reason: 'too-large', severity: 'warning' },
      exp_annotations: {
        summary: 'Dead letters: too-large',
        description:
          '4 entries became dead letters, for the reason too-large. Consumers lack them until they are replayed.',
        runbook_url: 'docs/runbook.md#nbwssdeadletters',
      },
    },
  ]);
});
