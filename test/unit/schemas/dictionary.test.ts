import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isCurrent, renderSchemas, updateCommand } from '../../../tools/docs/schemas.ts';
import { type AvroType, currentSchema, type Field, schemaNames } from '../../../tools/schemas/versions.ts';
import { steps } from '../../helpers/evolution-steps.ts';

/** NetBackup's enumerations: a later release may send values that nobody has seen. */
const enumerations = [
  'notificationType',
  'jobType',
  'state',
  'status',
  'policyType',
  'scheduleType',
  'operationId',
  'clientType',
  'object',
  'reason',
];

describe.each(schemaNames)('%s', (schemaName) => {
  const { doc, fields } = currentSchema(schemaName);

  test('the record says what it is, and what names it', () => {
    expect(doc?.length).toBeGreaterThan(100);
    if (schemaName !== 'dead-letter')
      expect(doc).toContain('(primary, messageId, entryIndex) names the event');
  });

  test.each(fields.map((field) => [field.name, field] as const))(
    '%s says what it means, and gives an example of its type',
    (_, field) => {
      const { meaning, example } = partsOf(field);
      expect(meaning.length).toBeGreaterThan(60);
      expect(example).toMatch(examplesOf(baseOf(field.type)));
    },
  );

  test('enumerations are open sets, and say so; so nothing else does', () => {
    const open = fields.filter((field) => /\ban open set\b/i.test(field.doc ?? '')).map(({ name }) => name);
    expect(open.sort()).toEqual(
      fields
        .map(({ name }) => name)
        .filter((name) => enumerations.includes(name))
        .sort(),
    );
  });

  test('times are timestamps, and say from when they are, in which unit and zone', () => {
    for (const field of fields.filter(({ name }) => /(?:Time|At)$/.test(name))) {
      expect(baseOf(field.type), field.name).toBe('timestamp-millis');
      expect(field.doc, field.name).toMatch(/: an instant(?: in UTC)?, to the (?:milli)?second/);
      expect(field.doc, field.name).toContain('UTC');
    }
  });
});

test('schemas/README.md is what the schemas say', () => {
  expect(isCurrent(), `run: ${updateCommand}`).toBe(true);
});

test('the dictionary has every field of every schema in a table', () => {
  const page = renderSchemas();
  for (const schemaName of schemaNames) {
    const { name, fields } = currentSchema(schemaName);
    const [section = ''] = page.slice(page.indexOf(`## ${name}\n`)).split('\n## ', 1);
    for (const field of fields)
      expect(section).toMatch(new RegExp(`^\\| \`${field.name}\` \\| .+ \\| .+ \\| .+ \\|$`, 'm'));
  }
});

test("the dictionary's table of steps has every step that is tested, with the level that takes it", () => {
  const page = renderSchemas();
  for (const { name, isFull } of steps) expect(page).toContain(`| ${name} | ${isFull ? 'yes' : '**no**'} |`);
});

test('every link of the dictionary leads to one of its headings, or to a file', () => {
  const page = renderSchemas();
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(
    ([, text = '']) => `#${text.toLowerCase().replaceAll(' ', '-')}`,
  );
  for (const [, target = ''] of page.matchAll(/\]\(([^)]*)\)/g)) {
    if (target.startsWith('#')) expect(headings).toContain(target);
    else expect(existsSync(join(import.meta.dirname, '../../../schemas', target)), target).toBe(true);
  }
});

function partsOf({ doc = '' }: Field): { meaning: string; example: string } {
  const { meaning = '', example = '' } = /^(?<meaning>.*) Example: (?<example>.*)\.$/.exec(doc)?.groups ?? {};
  return { meaning, example };
}

/** The type beside null: a logical type by its own name. */
function baseOf(type: AvroType): string {
  if (typeof type === 'string') return type;
  if (Array.isArray(type))
    return (type as readonly AvroType[])
      .filter((branch) => branch !== 'null')
      .map(baseOf)
      .join();
  const { logicalType, type: base } = type as { readonly logicalType?: string; readonly type: string };
  return logicalType ?? base;
}

function examplesOf(base: string): RegExp {
  switch (base) {
    case 'int':
    case 'long':
      return /^-?\d+$/;
    case 'timestamp-millis':
      return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;
    case 'boolean':
      return /^(?:true|false)$/;
    case 'map':
    case 'bytes':
      return /^\{.*\}$/;
    case 'array':
      return /^\[.*\]$/;
    default:
      return /\S/;
  }
}
