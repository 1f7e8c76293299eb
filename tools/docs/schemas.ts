/**
 * Writes schemas/README.md, the data dictionary, from the .avsc files. With --check it writes nothing and exits with 1 when the
 * page isn't what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  type AvroType,
  currentSchema,
  type Field,
  releasedVersions,
  type SchemaName,
  schemaNames,
  withoutDocs,
} from '../schemas/versions.ts';
import { evolution, identity, mapping, namesToQuote, reading, releasing, sources } from './schema-text.ts';

const page = new URL('../../schemas/README.md', import.meta.url);

/** How the page is brought up to date; tests and --check say it when the page is stale. */
export const updateCommand = 'npm run docs';

/** Names by default; each topic's name is a setting. */
const topics: Readonly<Record<SchemaName, string>> = {
  'netbackup-job': 'netbackup.jobs',
  'netbackup-image': 'netbackup.images',
  'dead-letter': 'netbackup.dead-letters',
};

/** The page as it should be. */
export function renderSchemas(): string {
  const sections = [
    introduction(),
    `${reading}\n\n${Object.entries(namesToQuote).map(renderQuoted).join('\n')}`,
    ...schemaNames.map(renderSchema),
    mapping,
    identity,
    evolution,
    releasing,
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Whether the page in the repository is what it should be. */
export function isCurrent(): boolean {
  try {
    return readFileSync(page, 'utf8') === renderSchemas();
  } catch {
    return false;
  }
}

function introduction(): string {
  return `# Data dictionary

<!-- Generated from schemas/*.avsc by tools/docs/schemas.ts. Change the schemas or tools/docs/schema-text.ts, then run: ${updateCommand} -->

What the records of nbwss-bridge mean: which fields they have, what NetBackup means by each, and how the schemas change.

| topic (default name) | subject | schema of this release | version |
|---|---|---|---|
${schemaNames.map(renderOverview).join('\n')}

A registry can be ahead of this page: its latest version is what the bridge writes with (see [evolution](#evolution)).`;
}

function renderOverview(file: SchemaName): string {
  const { name } = currentSchema(file);
  const link = `[${name}](#${name.toLowerCase()})`;
  return `| \`${topics[file]}\` | \`${topics[file]}-value\` | ${link} | ${renderVersion(file)} |`;
}

function renderVersion(file: SchemaName): string {
  const newest = releasedVersions(file).at(-1);
  if (newest === undefined) return 'not yet released';
  const link = `[${newest.version}](released/${file}/${newest.version}.avsc)`;
  return withoutDocs(newest.schema) === withoutDocs(currentSchema(file))
    ? link
    : `not yet released, after ${link}`;
}

function renderQuoted([name, dialects]: readonly [string, readonly string[]]): string {
  return `  - \`${name}\`: ${dialects.join(', ')}`;
}

function renderSchema(file: SchemaName): string {
  const { name, namespace, doc = '', fields } = currentSchema(file);
  return `## ${name}

${asMarkdown(doc)} Full name: \`${namespace}.${name}\`.

| field | type | from | meaning |
|---|---|---|---|
${fields.map((field) => renderField(field, file)).join('\n')}`;
}

function renderField({ name, type, doc = '', ...rest }: Field, file: SchemaName): string {
  const fallback =
    'default' in rest && rest.default !== null ? `, default \`${JSON.stringify(rest.default)}\`` : '';
  const words = `${typeInWords(type)}${fallback}`;
  return `| \`${name}\` | ${words} | ${sourceOf(name, file)} | ${renderDoc(doc)} |`;
}

function sourceOf(name: string, file: SchemaName): string {
  if (file === 'dead-letter') return sources['dead-letter'][name] ?? 'the bridge';
  return sources.entry[name] ?? `the entry's \`${name}\``;
}

function renderDoc(doc: string): string {
  const [, meaning = doc, example] = /^(.*) Example: (.*)\.$/.exec(doc) ?? [];
  return example === undefined ? asMarkdown(meaning) : `${asMarkdown(meaning)} Example: \`${example}\``;
}

function asMarkdown(text: string): string {
  return text.replaceAll(/[<>|*]/g, (sign) => `\\${sign}`);
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'whole number (int)',
  long: 'whole number (long)',
  boolean: 'true or false',
  bytes: 'bytes',
  null: 'null',
  'timestamp-millis': 'time (timestamp-millis)',
};

function typeInWords(type: AvroType): string {
  if (typeof type === 'string') return words[type] ?? type;
  if (isUnion(type)) {
    const values = type.filter((branch) => branch !== 'null').map(typeInWords);
    return [...values, ...(type.includes('null') ? ['null'] : [])].join(' or ');
  }
  const { logicalType, type: base, items, values } = type;
  if (typeof logicalType === 'string') return words[logicalType] ?? logicalType;
  if (base === 'array') return `list of ${typeInWords(items as AvroType)}`;
  if (base === 'map') return `map of text to ${typeInWords(values as AvroType)}`;
  return typeInWords(base as AvroType);
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) {
    writeFileSync(page, renderSchemas());
  } else if (!isCurrent()) {
    process.stderr.write(`schemas/README.md is not what the schemas say. Run: ${updateCommand}\n`);
    process.exitCode = 1;
  }
}
