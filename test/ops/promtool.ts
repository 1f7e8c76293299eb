/** promtool on rules and on cases for them. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { fetchPrometheus } from '../../tools/ops/fetch.ts';
import type { AlertCase } from './alert-cases.ts';

/** An alert that fires, as promtool's `exp_alerts` has it. */
export interface Expected {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations?: Readonly<Record<string, string>>;
}

/** What promtool says to these files; rejects with it where promtool finds something. */
export async function promtool(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const programs = await fetchPrometheus((line) => void process.stderr.write(`${line}\n`));
  await using directory = await temporaryDirectory(join(tmpdir(), 'nbwss-ops-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory.path, name), text);
  const options = { cwd: directory.path, timeout: 60_000 };
  const ran = promisify(execFile)(programs.promtool, [...args], options);
  const { stdout, stderr } = await ran.catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`promtool ${args.join(' ')}: ${stdout}${stderr}`);
  });
  return stdout + stderr;
}

/** Rejects unless of that alert exactly the expected ones fire. @param rules a file of them */
export async function expectAlerts(
  rules: string,
  { alert, series, at }: Pick<AlertCase, 'alert' | 'series' | 'at'>,
  expected: readonly Expected[],
): Promise<void> {
  const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const suite = {
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: input,
        alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: expected }],
      },
    ],
  };
  await promtool(['test', 'rules', 'suite.yaml'], { 'rules.yaml': rules, 'suite.yaml': stringify(suite) });
}

/** So that a case needs to name labels only. @param rules a file of them */
export function withoutAnnotations(rules: string): string {
  const { groups } = parse(rules) as { groups: { name: string; rules: Record<string, unknown>[] }[] };
  return stringify({
    groups: groups.map(({ name, rules: all }) => ({
      name,
      rules: all.map(({ annotations, ...rule }) => rule),
    })),
  });
}
