/**
 * Writes the chart's alerts and dashboard, and the table of thresholds in docs/runbook.md. With --check it writes nothing and exits
 * with 1 when one of them isn't what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { renderAlerts } from './alerts.ts';
import { renderDashboard } from './dashboard.ts';
import { thresholds } from './thresholds.ts';

const root = new URL('../../', import.meta.url);
const begin = '<!-- thresholds: generated from tools/ops/thresholds.ts -->';
const end = '<!-- end of thresholds -->';

const files: Readonly<Record<string, (current: string) => string>> = {
  'helm/nbwss-bridge/files/alerts.yaml': renderAlerts,
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
  const rows = Object.entries(thresholds).map(
    ([name, { value, why }]) => `| \`${name}\` | \`${value}\` | ${why} |`,
  );
  const [before = '', rest = ''] = page.split(begin);
  const after = rest.slice(rest.indexOf(end));
  return `${before}${begin}\n\n| threshold | value | why |\n|---|---|---|\n${rows.join('\n')}\n\n${after}`;
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
