import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settings } from '../../../src/config/settings.ts';
import { actions } from '../../../src/events/actions.ts';
import { areLogsCurrent } from '../../../tools/docs/logs.ts';
import { areMetricsCurrent, documentedMetrics } from '../../../tools/docs/metrics.ts';
import { labelNote, matters } from '../../../tools/docs/metric-notes.ts';
import { alerts } from '../../../tools/ops/alerts.ts';
import { staleFiles } from '../../../tools/ops/main.ts';
import { rows } from '../../../tools/ops/panels.ts';
import { thresholds } from '../../../tools/ops/thresholds.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const runbook = read('docs/runbook.md');
const metrics = documentedMetrics();
const names = new Set(metrics.map(({ name }) => name));

/** Source files of these folders, as one text. */
function sources(...folders: string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
    )
    .join('\n');
}

test('the generated pages and files of operations are what their sources say', () => {
  expect(
    { metrics: areMetricsCurrent(), logs: areLogsCurrent(), stale: staleFiles() },
    'run: npm run docs',
  ).toEqual({
    metrics: true,
    logs: true,
    stale: [],
  });
});

test('every metric of the bridge is explained, with each of its labels, and nothing else is', () => {
  const ours = metrics.filter(({ name }) => name.startsWith('nbwss_'));
  expect(Object.keys(matters).toSorted()).toEqual(ours.map(({ name }) => name).toSorted());
  for (const { name, labels } of ours)
    for (const label of labels) expect(labelNote(name, label), `${name}{${label}}`).toBeDefined();
});

test('every metric of the bridge is in the dashboard, and dashboard and alerts use no other', () => {
  const queries = [
    ...rows.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(([expr]) => expr))),
    ...alerts.map(({ expr }) => expr),
  ].join('\n');
  const used = new Set(
    [...queries.matchAll(/\b(?:nbwss|nodejs|process)_\w+/g)].map(([name]) =>
      names.has(name) ? name : name.replace(/_(?:bucket|count|sum)$/, ''),
    ),
  );
  expect([...used].filter((name) => !names.has(name))).toEqual([]);
  expect([...names].filter((name) => name.startsWith('nbwss_') && !used.has(name))).toEqual([]);
});

test('every alert has thresholds, and nothing else has', () => {
  expect(Object.keys(thresholds)).toEqual(alerts.map(({ alert }) => alert));
});

test('every alert has its section in the runbook, with meaning, impact, diagnosis and mitigation', () => {
  const sections = new Map(
    runbook
      .split(/^### /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section]),
  );
  expect([...sections.keys()]).toEqual(alerts.map(({ alert }) => alert));
  for (const section of sections.values())
    expect([...section.matchAll(/^\*\*(\w+)\.\*\*/gm)].map(([, part]) => part)).toEqual([
      'Meaning',
      'Impact',
      'Diagnosis',
      'Mitigation',
    ]);
});

test('every alert of the chart has a summary, a description, a severity, and an address that is a heading of the runbook', () => {
  const { groups } = parse(read('helm/nbwss-bridge/files/alerts.yaml')) as {
    groups: { rules: { labels: object; annotations: Record<string, string> }[] }[];
  };
  const headings = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text.toLowerCase());
  for (const { labels, annotations } of groups.flatMap(({ rules }) => rules)) {
    expect(labels).toEqual({ severity: expect.stringMatching(/^(?:critical|warning)$/) });
    expect(annotations).toEqual({
      summary: expect.stringMatching(/\w/),
      description: expect.stringMatching(/\.$/),
      runbook_url: expect.stringMatching(/^docs\/runbook\.md#/),
    });
    expect(headings).toContain(annotations['runbook_url']?.split('#')[1]);
  }
});

test('what the runbook names exists: links, metrics, settings, commands, log lines and their fields', () => {
  for (const [, target = ''] of runbook.matchAll(/\]\(([^)#]+\.md)/g))
    expect(read(`docs/${target}`)).not.toBe('');
  const anchors = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text.toLowerCase().replaceAll(' ', '-'),
  );
  for (const [, target] of runbook.matchAll(/\]\(#([^)]*)\)/g)) expect(anchors).toContain(target);
  const quoted = [...runbook.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
  for (const name of quoted.flatMap((text) => /^(?:nbwss|nodejs|process)_\w+/.exec(text) ?? []))
    expect(names).toContain(name);
  const known = new Set([...settings.map(({ path }) => path), ...documentedFields(), ...foreign]);
  for (const text of quoted.filter((each) => /^[a-z@][A-Za-z]*(?:\.[\w]+)+$/.test(each)))
    expect(known).toContain(text);
  const program = sources('src/cli/');
  for (const [, command = ''] of runbook.matchAll(/`nbwss-bridge ([^`]+)`/g))
    for (const word of command.split(' '))
      if (word.startsWith('--')) expect(program).toMatch(new RegExp(`['\` ]${word}\\b`));
      else if (!/^\d+[hd]$|^dead-letters$/.test(word))
        expect(program).toMatch(new RegExp(`(?:Command|command)\\('${word}'`));
});

test('every event has a line in the sources, and every kebab-case word of the runbook is one of them, a label or a code', () => {
  const text = sources('src/');
  const code = text.slice(0).replaceAll(read('src/events/actions.ts'), '');
  for (const action of Object.keys(actions)) expect(code).toContain(`'${action}'`);
  const words = [...runbook.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, word = '']) => word);
  expect(words.length).toBeGreaterThan(30);
  for (const word of words) if (!(word in actions)) expect(code).toContain(`'${word}'`);
});

/** Not ours, or of the chart. */
const foreign = [
  'min.insync.replicas',
  'max.message.bytes',
  'producer.id.expiration.ms',
  'socket.request.max.bytes',
  'unclean.leader.election.enable',
  'metrics.prometheusRule.alerts.NbwssPrimarySilent.silence',
];

function documentedFields(): string[] {
  return [...read('docs/logs.md').matchAll(/`((?:nbwss|event|error|client|log|service)\.\w+)`/g)]
    .map(([, name = '']) => name)
    .concat(['nbwss.limit', 'nbwss.close_code', 'nbwss.step', 'nbwss.problems'])
    .concat(['nbwss.throttle_ms', 'nbwss.request_bytes', 'nbwss.next']);
}
