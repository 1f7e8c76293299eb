import { describe, expect, test } from 'vitest';
import { namesToQuote } from '../../../tools/docs/schema-text.ts';
import { currentSchema, schemaNames } from '../../../tools/schemas/versions.ts';
import { type Dialect, go, java, javaAccessors, python, sql } from '../../helpers/reserved-words.ts';

/** PostgreSQL cuts longer identifiers. In bytes. */
const maxLength = 63;

describe.each(schemaNames)('%s', (schemaName) => {
  const schema = currentSchema(schemaName);
  const names = schema.fields.map(({ name }) => name);

  test('its fields are named in camelCase and its record in PascalCase: letters and digits, no more than 63', () => {
    for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
    expect(schema.name).toMatch(/^[A-Z][A-Za-z0-9]*$/);
    for (const name of [...names, schema.name]) expect(name.length).toBeLessThanOrEqual(maxLength);
  });

  test('its namespace is a package in Java, Python and Go', () => {
    for (const part of schema.namespace.split('.')) {
      expect(part).toMatch(/^[a-z][a-z0-9]*$/);
      for (const words of [java, python, go]) expect(words).not.toContain(part);
    }
  });

  test('no two of its fields differ in case alone: getters, exported Go fields and folded SQL columns stay apart', () => {
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  test('no field is a word that Java, its generated classes, or Python keeps for itself', () => {
    for (const words of [java, javaAccessors, python])
      expect(names.filter((name) => words.has(name))).toEqual([]);
  });

  test('a word that some SQL keeps for itself is named in the dictionary as one to quote', () => {
    for (const name of names) expect(namesToQuote[name] ?? []).toEqual(dialectsKeeping(name));
  });
});

test('the dictionary names no other word to quote', () => {
  const names = schemaNames.flatMap((schemaName) => currentSchema(schemaName).fields.map(({ name }) => name));
  expect(names).toEqual(expect.arrayContaining(Object.keys(namesToQuote)));
});

test.each(['select', 'user', 'timestamp', 'full'])('the lists of words know what is reserved: %s', (name) => {
  expect(dialectsKeeping(name)).not.toEqual([]);
});

/** Unquoted names are compared without case. */
function dialectsKeeping(name: string): Dialect[] {
  const all = Object.entries(sql) as [Dialect, ReadonlySet<string>][];
  return all.filter(([, words]) => words.has(name.toLowerCase())).map(([dialect]) => dialect);
}
