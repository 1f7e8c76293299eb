/**
 * Writes the chart's alerts and dashboard, and the table of thresholds in docs/runbook.md. With --check it writes nothing and exits
 * with 1 when one of them isn't what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { renderDashboard } from './dashboard.ts';
import { renderAlerts, renderAlertTemplates } from './rules.ts';
import { type Threshold, thresholds } from './thresholds.ts';

const root = new URL('../../', import.meta.url);
const begin = '<!-- thresholds: generated from tools/ops/thresholds.ts -->';
const end = '<!-- end of thresholds -->';

const files: Readonly<Record<string, (current: string) => string>> = {
  'helm/nbwss-bridge/files/alerts.yaml': renderAlerts,
  'helm/nbwss-bridge/files/alert-templates.yaml': renderAlertTemplates,
  'helm/nbwss-bridge/files/dashboard.json': renderDashboard,
  'docs/runbook.md': withThresholds,
};

/** The files that aren't what they should be. */
export function staleFiles(): string[] {
  return Object.keys(files).filter((file) => {
    const current = read(file);
    return current !== files[file]?.(current);
  });
}

function withThresholds(page: string): string {
  const rows = Object.entries(thresholds).flatMap(([alert, ofAlert]) =>
    Object.entries<Threshold>(ofAlert).map(
      ([name, { value, what, why }]) => `| ${alert} | \`${name}\` | \`${value}\` | ${what} | ${why} |`,
    ),
  );
  const [before = '', rest = ''] = page.split(begin);
  const after = rest.slice(rest.indexOf(end));
  return `${before}${begin}\n\n| alert | threshold | default | meaning | why |\n|---|---|---|---|---|\n${rows.join('\n')}\n\n${after}`;
}

function read(file: string): string {
  return readFileSync(new URL(file, root), 'utf8');
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) {
    for (const [file, render] of Object.entries(files))
      writeFileSync(new URL(file, root), render(read(file)));
  } else {
    for (const file of staleFiles()) {
      process.stderr.write(`${file} is not what tools/ops says. Run: npm run docs\n`);
      process.exitCode = 1;
    }
  }
}
