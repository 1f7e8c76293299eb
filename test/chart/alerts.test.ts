import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartFolder, render, template } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { alerts } from '../../tools/ops/alerts.ts';
import { thresholdsOf } from '../../tools/ops/rules.ts';
import { createMetrics } from '../../src/metrics.ts';
import { secondsOf, thresholds } from '../../tools/ops/thresholds.ts';
import { one } from './objects.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const names = alerts.map(({ alert }) => alert);
const file = parse(readFileSync(join(chartFolder, 'files/alerts.yaml'), 'utf8')) as Tree;

test('by default the rules of the chart are those of the file for any Prometheus', async () => {
  const rule = one(
    await render('minimal', { metrics: { prometheusRule: { enabled: true } } }),
    'PrometheusRule',
  );
  expect(at(rule, 'spec.groups')).toEqual(file['groups']);
});

test('every alert has the labels that all of them get, and the address of its section of the runbook', async () => {
  const runbookUrl = 'https://docs.example.com/runbook';
  const rules = await rulesWith({ alertLabels: { team: 'backup' }, runbookUrl });
  expect(rules.map(({ alert }) => alert)).toEqual(names);
  for (const { alert, labels, annotations } of rules) {
    expect(labels).toMatchObject({ team: 'backup', severity: expect.stringMatching(/^(critical|warning)$/) });
    expect(annotations['runbook_url']).toBe(`${runbookUrl}#${alert.toLowerCase()}`);
  }
});

test.each(names)('%s can be switched off, and the others stay', async (name) => {
  const rules = await rulesWith({ alerts: { [name]: { enabled: false } } });
  expect(rules.map(({ alert }) => alert)).toEqual(names.filter((each) => each !== name));
});

test('of alerts that are all switched off an empty group is left', async () => {
  expect(
    await rulesWith({ alerts: Object.fromEntries(names.map((name) => [name, { enabled: false }])) }),
  ).toEqual([]);
});

test.each(alerts.map((alert) => [alert.alert, alert] as const))(
  '%s can have another severity, another for, labels and annotations of its own',
  async (name, { severity }) => {
    const own = {
      severity: severity === 'critical' ? 'warning' : 'page',
      for: '47m',
      labels: { team: 'kafka', tier: '1' },
      annotations: { summary: 'Look at {{ $labels.primary }}', dashboard: 'https://example.com' },
    };
    const rules = await rulesWith({ alertLabels: { team: 'backup' }, alerts: { [name]: own } });
    const rule = rules.find(({ alert }) => alert === name);
    expect(rule).toMatchObject({
      for: '47m',
      labels: { severity: own.severity, team: 'kafka', tier: '1' },
      annotations: { ...own.annotations, description: expect.anything() },
    });
    for (const { alert, labels } of rules) if (alert !== name) expect(labels['team']).toBe('backup');
  },
);

const single = alerts.flatMap((alert) =>
  Object.entries(thresholdsOf(alert)).map(([name, { value, takes }]) => {
    const other = Array.isArray(takes)
      ? 30
      : takes === 'share'
        ? 0.37
        : typeof value === 'number'
          ? 137
          : '37h';
    return [alert.alert, name, value, other] as const;
  }),
);

test.each(single)('%s takes another %s than %s: %s', async (alert, name, _, other) => {
  const rules = await rulesWith({ alerts: { [alert]: { [name]: other } } });
  const [changed = '', before = ''] = [rules, rulesOf(file)].map((each) =>
    JSON.stringify(each.find((rule) => rule.alert === alert)),
  );
  const written = [String(other), ...(typeof other === 'string' ? [String(secondsOf(other))] : [])];
  expect(changed).not.toBe(before);
  expect(written.some((text) => changed.includes(text) && !before.includes(text))).toBe(true);
  expect(changed).not.toContain('$(');
  expect(rules.filter((rule) => rule.alert !== alert)).toEqual(
    rulesOf(file).filter((rule) => rule.alert !== alert),
  );
});

test('0 is a threshold as any other number', async () => {
  const [rule] = (await rulesWith({ alerts: { NbwssRegistryErrors: { errors: 0 } } })).filter(
    ({ alert }) => alert === 'NbwssRegistryErrors',
  );
  expect(rule?.expr).toMatch(/> 0$/);
});

test("the answers' threshold is an edge of their histogram: between two edges nothing is known", () => {
  const histogram = createMetrics().registry.getSingleMetric('nbwss_answer_duration_seconds');
  const { buckets } = histogram as unknown as { readonly buckets: readonly number[] };
  for (const edge of thresholds.NbwssAnswersSlow.seconds.takes) expect(buckets).toContain(edge);
});

test.each([
  ['an alert that does not exist', { NbwssSilence: {} }, "additional properties 'NbwssSilence' not allowed"],
  [
    'a threshold that it has not',
    { NbwssDeadLetters: { closes: 1 } },
    "additional properties 'closes' not allowed",
  ],
  ['a window of nothing', { NbwssDeadLetters: { window: '0s' } }, "'0s' does not match pattern"],
  ['a duration of two units', { NbwssDeadLetters: { for: '1h30m' } }, "'1h30m' does not match pattern"],
  ['a share above all', { NbwssAnswersSlow: { share: 2 } }, 'maximum: got 2, want 1'],
  ['an edge that no bucket has', { NbwssAnswersSlow: { seconds: 3 } }, 'value must be one of'],
  ['an empty severity', { NbwssDeadLetters: { severity: '' } }, 'minLength: got 0, want 1'],
])('%s is refused', async (_, values, sentence) => {
  const { failed, stderr } = await template('minimal', { metrics: { prometheusRule: { alerts: values } } });
  expect(failed).toBe(true);
  expect(stderr).toContain(sentence);
});

async function rulesWith(values: Tree): Promise<readonly Rule[]> {
  const metrics = { prometheusRule: { enabled: true, ...values } };
  return rulesOf(at(one(await render('minimal', { metrics }), 'PrometheusRule'), 'spec') as Tree);
}

function rulesOf(groups: Tree): readonly Rule[] {
  return (groups['groups'] as { rules?: Rule[] }[]).flatMap(({ rules = [] }) => rules);
}
