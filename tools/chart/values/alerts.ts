/** What may be said of each alert: the same for all of them, and the thresholds of its own (tools/ops). */
import { z } from 'zod';
import { type Alert, alerts } from '../../ops/alerts.ts';
import { thresholdsOf } from '../../ops/rules.ts';
import type { Threshold } from '../../ops/thresholds.ts';
import { flag, group, texts, word } from './kinds.ts';

/** As Prometheus has it, with one unit. */
const duration = () => z.string().regex(/^[0-9]+(s|m|h|d|w)$/);
const window = () => z.string().regex(/^[1-9][0-9]*(s|m|h|d|w)$/);

/** A closed mapping by the alerts' names. */
export const alertValues = () =>
  group(Object.fromEntries(alerts.map((alert) => [alert.alert, alertValue(alert)])));

function alertValue(alert: Alert) {
  const own = Object.entries(thresholdsOf(alert)).map(
    ([name, threshold]) => [name, described(threshold)] as const,
  );
  return group({
    enabled: flag().meta({ description: 'Whether the chart has it.', default: true }),
    severity: word().meta({ description: 'Its label of that name.', default: alert.severity }),
    for: duration().meta({ description: 'How long it has to be so.', default: '0s' }),
    labels: texts().meta({ description: 'Further labels.', default: {} }),
    annotations: texts().meta({
      description: 'Further annotations, or others in place of summary, description and runbook_url.',
      default: {},
    }),
    ...Object.fromEntries(own),
  }).meta({ description: alert.summary });
}

function described({ takes, value, what, why }: Threshold) {
  return kindOf(takes).meta({
    description: `${sentence(what)} By default ${value}: ${why}.`,
    default: value,
  });
}

function kindOf(takes: Threshold['takes']) {
  switch (takes) {
    case 'duration':
      return duration();
    case 'window':
      return window();
    case 'number':
      return z.number().min(0);
    case 'share':
      return z.number().min(0).max(1);
    default:
      return z.literal([...takes]);
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
