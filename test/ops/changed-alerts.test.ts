/** The chart's alerts with other thresholds than the defaults, as Helm renders and promtool runs them. */
import { beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { fetchHelm } from '../../tools/chart/programs/helm.ts';
import { render } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { alerts } from '../../tools/ops/alerts.ts';
import { type AlertName, thresholds } from '../../tools/ops/thresholds.ts';
import { cases } from './alert-cases.ts';
import { expectAlerts, promtool, withoutAnnotations } from './promtool.ts';

/** Under these no alert fires in the first case in which it fires by default. */
const lenient: Readonly<Record<AlertName, Tree>> = {
  NbwssBridgeDown: { for: '1h' },
  NbwssPrimaryDisconnected: { for: '1h' },
  NbwssPrimaryFlapping: { closes: 50 },
  NbwssPrimarySilent: { silence: '72h' },
  NbwssAnswersSlow: { share: 0.2 },
  NbwssNotificationsNotAnswered: { notifications: 10 },
  NbwssNotificationsUnanswered: { age: '30m' },
  NbwssFramesOverPayloadLimit: { for: '30m' },
  NbwssSchemaVersionRefused: { window: '1h' },
  NbwssDeadLetters: { entries: 20 },
  NbwssKafkaUnavailable: { for: '1h' },
  NbwssRegistryErrors: { errors: 100 },
  NbwssWaitsForSchemas: { for: '1h' },
  NbwssAuthenticationFailures: { failures: 50 },
  NbwssConnectionsRunOut: { share: 0.97 },
  NbwssCertificateExpiring: { left: '7d' },
  NbwssReloadFailed: { for: '1h' },
  NbwssEventLoopLag: { seconds: 1 },
};

/** Under these alerts fire where by default they stay quiet. */
const strict: readonly (readonly [alert: AlertName, name: string, own: Tree, given: string])[] = [
  ['NbwssRegistryErrors', 'one refresh', { errors: 1 }, 'one refresh failed'],
  ['NbwssPrimarySilent', 'two hours without a notification', { silence: '2h' }, 'it is new'],
  ['NbwssAnswersSlow', 'one answer of a thousand', { share: 0.0005, answers: 0 }, 'one of a thousand does'],
  [
    'NbwssAuthenticationFailures',
    'two refusals',
    { failures: 1 },
    'two in a rotation, and many that are accepted',
  ],
  ['NbwssCertificateExpiring', 'five weeks', { left: '5w' }, 'thirty days are left'],
  ['NbwssEventLoopLag', 'a lag of 10 ms', { seconds: 0.01, for: '1m' }, 'one pause'],
];

beforeAll(async () => {
  await fetchHelm((line) => void process.stderr.write(`${line}\n`));
}, 600_000);

test('promtool takes the rules with every threshold changed', async () => {
  const changed = Object.fromEntries(
    Object.entries(thresholds).map(([alert, own]) => [
      alert,
      Object.fromEntries(
        Object.entries(own).map(([name, { value }]) => [
          name,
          name === 'seconds' ? 5 : typeof value === 'number' ? 0.5 : '3h',
        ]),
      ),
    ]),
  );
  expect(
    await promtool(['check', 'rules', 'rules.yaml'], { 'rules.yaml': await rulesWith(changed) }),
  ).toContain(`SUCCESS: ${alerts.length} rules found`);
});

test.each(Object.entries(lenient))(
  '%s stays quiet under %o where it fires by default',
  async (alert, own) => {
    const [first] = cases.filter((each) => each.alert === alert && each.fires.length > 0);
    if (first === undefined) throw new Error(`${alert} has no case`);
    await expectAlerts(withoutAnnotations(await rulesWith({ [alert]: own })), first, []);
  },
);

test.each(strict)('%s may be told of earlier: %s', async (alert, _, own, name) => {
  const given = cases.find((each) => each.alert === alert && each.name === name);
  if (given === undefined) throw new Error(`there is no case "${name}"`);
  const rules = withoutAnnotations(await rulesWith({ [alert]: own }));
  await expect(expectAlerts(rules, given, [])).rejects.toThrow(`alertname: ${alert}`);
});

test('labels, severity and text of the values are those of the alert that fires', async () => {
  const own = {
    window: '45m',
    severity: 'page',
    labels: { team: 'kafka' },
    annotations: { where: 'https://example.com/{{ $labels.reason }}' },
  };
  const [first] = cases.filter(({ alert }) => alert === 'NbwssAuthenticationFailures');
  if (first === undefined) throw new Error('there is no case');
  await expectAlerts(await rulesWith({ NbwssAuthenticationFailures: own }), { ...first, at: '30m' }, [
    {
      exp_labels: { ...first.fires[0], severity: 'page', team: 'kafka' },
      exp_annotations: {
        summary: 'Sessions are refused: bad-token',
        description: '30 sessions were refused in 45m, for the reason bad-token.',
        runbook_url: 'docs/runbook.md#nbwssauthenticationfailures',
        where: 'https://example.com/bad-token',
      },
    },
  ]);
});

/** A file of the chart's rules. @param own by the alerts' names */
async function rulesWith(own: Tree): Promise<string> {
  const metrics = { prometheusRule: { enabled: true, alerts: own } };
  const rule = (await render('minimal', { metrics })).find(({ kind }) => kind === 'PrometheusRule');
  return stringify(at(rule, 'spec'));
}
