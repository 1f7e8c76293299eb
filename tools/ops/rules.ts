/** The alerts as files of the chart: rules for any Prometheus, and the same with their thresholds open for the chart's templates. */
import { stringify } from 'yaml';
import { type Alert, alerts } from './alerts.ts';
import { secondsOf, type Threshold, thresholds } from './thresholds.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

const generated =
  '# Generated from tools/ops/alerts.ts and tools/ops/thresholds.ts: change them, then run: npm run docs\n';

/** files/alerts.yaml: as Prometheus and promtool take it. */
export function renderAlerts(): string {
  const rules = alerts.map((alert) => filledIn(ruleOf(alert), thresholdsOf(alert)));
  const head =
    "# Rules as Prometheus and promtool take them, with the defaults. The chart's own are made from alert-templates.yaml.\n";
  return `${head}${generated}${stringify({ groups: [{ name: 'nbwss-bridge', rules }] }, { lineWidth: 0 })}`;
}

/**
 * files/alert-templates.yaml: each rule with `$(name)` where a threshold stands, and the defaults of those.
 * @throws Error when a rule names a threshold that it hasn't, or has one that it doesn't name
 */
export function renderAlertTemplates(): string {
  const templates = alerts.map((alert) => {
    const rule = ruleOf(alert);
    const defaults = Object.fromEntries(
      Object.entries(thresholdsOf(alert)).map(([name, { value }]) => [name, value]),
    );
    const named = new Set(
      [...JSON.stringify(rule).matchAll(/\$\((\w+)(?:\.seconds)?\)/g)].map(([, name]) => name),
    );
    if (named.symmetricDifference(new Set(Object.keys(defaults))).size > 0)
      throw new Error(
        `${alert.alert} names ${[...named].join(', ')} and has ${Object.keys(defaults).join(', ')}`,
      );
    return { thresholds: defaults, rule };
  });
  const head =
    '# What the chart makes its alerts from: $(name) is the threshold of that name, $(name.seconds) the same in seconds.\n';
  return `${head}${generated}${stringify({ alerts: templates }, { lineWidth: 0 })}`;
}

/** The thresholds of an alert by their names, `for` among them where it has one. */
export function thresholdsOf({ alert }: Alert): Readonly<Record<string, Threshold>> {
  return thresholds[alert];
}

function ruleOf(each: Alert): Rule {
  const { alert, expr, severity, summary, description } = each;
  return {
    alert,
    expr,
    ...('for' in thresholdsOf(each) ? { for: '$(for)' } : {}),
    labels: { severity },
    // GitHub's anchor of the alert's section; the chart makes addresses with it.
    annotations: { summary, description, runbook_url: `docs/runbook.md#${alert.toLowerCase()}` },
  };
}

function filledIn(rule: Rule, values: Readonly<Record<string, Threshold>>): Rule {
  const fill = (text: string): string =>
    text.replaceAll(/\$\((\w+)(\.seconds)?\)/g, (_, name: string, inSeconds: string | undefined) => {
      const value = String(values[name]?.value);
      return inSeconds === undefined ? value : String(secondsOf(value));
    });
  const { annotations } = rule;
  return {
    ...rule,
    expr: fill(rule.expr),
    ...(rule.for === undefined ? {} : { for: fill(rule.for) }),
    annotations: {
      ...annotations,
      summary: fill(annotations.summary),
      description: fill(annotations.description),
    },
  };
}
