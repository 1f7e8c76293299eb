/**
 * Writes docs/metrics.md from the metrics' registry and tools/docs/metric-notes.ts. With --check it writes nothing and exits with 1
 * when the page isn't what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createMetrics } from '../../src/metrics.ts';
import { labelNote, matters } from './metric-notes.ts';

const page = new URL('../../docs/metrics.md', import.meta.url);

export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every metric of the bridge: its own first, in the order of src/metrics.ts. */
export function documentedMetrics(): DocumentedMetric[] {
  const { registry } = createMetrics();
  const all = registry.getMetricsAsArray().map((metric) => {
    const { name, help, type, labelNames } = metric as unknown as {
      name: string;
      help: string;
      type: string;
      labelNames: readonly string[];
    };
    return { name, help, type, labels: labelNames };
  });
  const isOurs = ({ name }: DocumentedMetric): boolean => name.startsWith('nbwss_');
  return [...all.filter(isOurs), ...all.filter((metric) => !isOurs(metric))];
}

/** The page as it should be. */
export function renderMetrics(): string {
  const metrics = documentedMetrics();
  const ours = metrics.filter(({ name }) => name.startsWith('nbwss_'));
  const others = metrics.filter(({ name }) => !name.startsWith('nbwss_'));
  return `${introduction}

## Overview

| metric | type | labels |
|---|---|---|
${ours.map(({ name, type, labels }) => `| [\`${name}\`](#${name}) | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} |`).join('\n')}

${ours.map(renderMetric).join('\n\n')}

## Process and Node.js

| metric | type | meaning |
|---|---|---|
${others.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`).join('\n')}
`;
}

/** Whether the page in the repository is what it should be. */
export function areMetricsCurrent(): boolean {
  return readFileSync(page, 'utf8') === renderMetrics();
}

function renderMetric({ name, type, help, labels }: DocumentedMetric): string {
  const rows = labels.map((label) => `- \`${label}\`: ${labelNote(name, label)?.values ?? ''}`);
  const about = `${type}. ${help}\n\nWhen it matters: ${matters[name] ?? ''}`;
  return [`### ${name}`, about, ...(rows.length > 0 ? [rows.join('\n')] : [])].join('\n\n');
}

const introduction = `# Metrics

<!-- Generated from src/metrics.ts by tools/docs/metrics.ts. Change the metrics, or tools/docs/metric-notes.ts, then run: npm run docs -->

\`GET /metrics\` on the admin port, in the text format of Prometheus. The alerts on them are in the chart
(\`helm/nbwss-bridge/files/alerts.yaml\`, explained in the [runbook](runbook.md)), and so is the dashboard.

- \`primary\` is always a configured name, never something that was sent. Every label has a bounded set of values.
- Counters begin with the process. What can be known beforehand is there from the start with 0, so that \`increase()\` sees the
  first event; \`nbwss_errors_total\`, \`nbwss_batches_refused_total\`, \`nbwss_oddities_total\` and failed handshakes appear with their first.
- A primary that is removed from the token directory leaves the gauges once nothing of it is in flight; its counters stay.
- The probe (\`nbwss-bridge probe\`) counts in connections, handshakes and successful authentications, and nowhere else.
- A primary is connected to one of the replicas: sum, or take the largest, over them.`;

if (import.meta.main) {
  if (!process.argv.includes('--check')) {
    writeFileSync(page, renderMetrics());
  } else if (!areMetricsCurrent()) {
    process.stderr.write('docs/metrics.md is not what the metrics say. Run: npm run docs\n');
    process.exitCode = 1;
  }
}
