/**
 * Writes docs/configuration.md from the configuration's schema. With --check it writes nothing and exits with 1 when the
 * page isn't what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { CrossCheck } from '../../src/config/cross-check.ts';
import { crossChecks } from '../../src/config/cross-checks.ts';
import { removedSettings } from '../../src/config/removed.ts';
import { type Section, sections, type Setting, settings } from '../../src/config/settings.ts';

const page = new URL('../../docs/configuration.md', import.meta.url);
const example = new URL('../../examples/nbwss-bridge.yaml', import.meta.url);

/** How the page is brought up to date; tests and --check say it when the page is stale. */
export const updateCommand = 'npm run docs';

/** The page as it should be. */
export function renderConfiguration(): string {
  const groups = sections.filter(({ path }) => !path.includes('.'));
  return (
    [
      introduction(),
      `## Groups\n\n${groups.map((group) => `- [\`${group.path}\`](#${group.path}): ${group.description}`).join('\n')}`,
      ...groups.map(renderGroup),
      `## Between settings\n\n${crossChecks.map(renderCrossCheck).join('\n')}`,
      `## Settings that are gone

A file, a variable, a flag or chart values that still have one of these stop the start, with this sentence.

${removedSettings.map(({ path, sentence }) => `- \`${path}\`: ${sentence}.`).join('\n')}`,
      `## Example\n\n\`\`\`yaml\n${readFileSync(example, 'utf8')}\`\`\``,
    ].join('\n\n') + '\n'
  );
}

/** Whether the page in the repository is what it should be. */
export function isCurrent(): boolean {
  try {
    return readFileSync(page, 'utf8') === renderConfiguration();
  } catch {
    return false;
  }
}

function introduction(): string {
  const required = settings.filter((setting) => setting.required);
  return `# Configuration

<!-- Generated from src/config by tools/docs/configuration.ts. Change the schema, then run: ${updateCommand} -->

## Where a setting comes from

Every setting can be given in four places. The first that has it wins:

1. a flag of the command line: \`--kafka-request-timeout-ms 5000\`
2. an environment variable: \`NBWSS_KAFKA_REQUEST_TIMEOUT_MS=5000\`
3. the YAML file that \`--config\` or \`NBWSS_CONFIG\` names: \`kafka: { requestTimeoutMs: 5000 }\`
4. its default

These have no default and must be given:

${required.map(({ path }) => `- [\`${path}\`](#${anchor(path)})`).join('\n')}

The rules:

- A wrong configuration stops the start with exit code 78, and the message lists every problem: which setting, the value,
  where it came from (with the line of the file), and what is expected. \`nbwss-bridge check-config\` does only that.
- A name that doesn't exist is a problem, in the file as in a variable that begins with \`NBWSS_\`. Exceptions are
  \`NBWSS_CONFIG\`, the variables of the project's own tests and images (\`NBWSS_TEST_STACK\`, \`NBWSS_TEST_BROKERS\`,
  \`NBWSS_KAFKA_IMAGE\`, \`NBWSS_REGISTRY_IMAGE\`, \`NBWSS_DEV_STACK_CACHE\`), and those that Kubernetes sets for a Service whose name
  begins with \`nbwss-\` (\`NBWSS_…_SERVICE_HOST\`, \`NBWSS_…_PORT=tcp://…\` and the like).
- In a variable or a flag a list is separated by commas (\`kafka-0:9092,kafka-1:9092\`), and so are texts by names
  (\`logicalCluster=lkc-1,identityPoolId=pool-1\`; there no value can have a comma); a number is decimal, and a switch is
  \`true\` or \`false\`. They replace a list or a mapping of the file as a whole. A variable that is set to nothing has the empty text as its value.
- In the file values have types: \`port: "8443"\` is text and refused. Duplicate keys are refused, an empty section counts as
  left out. The file is UTF-8 and at most 1 MiB.
- Relative paths are relative to the working directory of the process, wherever they are written.
- Secrets are never values, only files that a setting names, so the configuration may be shown and logged.
- Units are in the names: \`Ms\` is milliseconds, \`Bytes\` is bytes.`;
}

function renderGroup(group: Section): string {
  const inGroup = (path: string) => path.startsWith(`${group.path}.`);
  const notes = sections.filter(({ path }) => inGroup(path));
  return [
    `## ${group.path}`,
    group.description,
    ...(notes.length > 0 ? [notes.map((note) => `- \`${note.path}\`: ${note.description}`).join('\n')] : []),
    ...settings.filter(({ path }) => inGroup(path)).map(renderSetting),
  ].join('\n\n');
}

function renderSetting(setting: Setting): string {
  return `### ${setting.path}

${setting.description}

| default | expected | environment | flag |
|---|---|---|---|
| ${renderDefault(setting)} | ${setting.type} | \`${setting.env}\` | \`${setting.flag}\` |`;
}

function renderCrossCheck({ settings: [first], sentence }: CrossCheck): string {
  return `- [\`${first}\`](#${anchor(first)}) ${sentence}.`;
}

function renderDefault({ path, default: value, required }: Setting): string {
  if (value === undefined) return required ? '**required**' : 'none';
  const exact = `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
  const readable = typeof value === 'number' ? withUnit(path, value) : undefined;
  return readable === undefined ? exact : `${readable} (${exact})`;
}

const units: Readonly<Record<'Bytes' | 'Ms', readonly (readonly [size: number, name: string])[]>> = {
  Bytes: [
    [1024 ** 2, 'MiB'],
    [1024, 'KiB'],
  ],
  Ms: [
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ],
};

/** The number in the largest unit that divides it. */
function withUnit(path: string, value: number): string | undefined {
  const suffix = /(Bytes|Ms)(PerPrimary)?$/.exec(path)?.[1];
  if (suffix !== 'Bytes' && suffix !== 'Ms') return undefined;
  const unit = units[suffix].find(([size]) => value >= size && value % size === 0);
  return unit && `${value / unit[0]} ${unit[1]}`;
}

/** GitHub's anchor of a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll('.', '');
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) {
    writeFileSync(page, renderConfiguration());
  } else if (!isCurrent()) {
    process.stderr.write(`docs/configuration.md is not what the schema says. Run: ${updateCommand}\n`);
    process.exitCode = 1;
  }
}
