/** Makes a case smaller while it shows the same disagreement. */
import { UnavailableError } from '../../src/errors.ts';
import type { Field, RecordSchema } from '../schemas/versions.ts';
import { jsonText, parseJson } from './json.ts';
import type { Case } from './product.ts';

/** How many smaller cases are tried. */
const maxTries = 400;
/** Without these a version is refused, and that shows nothing. */
const needed = ['primary', 'messageId', 'entryIndex', 'extra'];

/** @param shows whether a case still shows it */
export async function shrinkCase(given: Case, shows: (smaller: Case) => Promise<boolean>): Promise<Case> {
  return await shrink(given, smallerCases, shows);
}

export interface Pair {
  readonly reader: RecordSchema;
  readonly writer: RecordSchema;
}

export async function shrinkPair(given: Pair, shows: (smaller: Pair) => Promise<boolean>): Promise<Pair> {
  return await shrink(given, smallerPairs, shows);
}

/** Takes the first smaller one that shows it, again and again. */
async function shrink<T>(
  given: T,
  smallerOf: (one: T) => T[],
  shows: (smaller: T) => Promise<boolean>,
): Promise<T> {
  let tries = 0;
  for (let best = given; ;) {
    let next: T | undefined;
    for (const smaller of smallerOf(best)) {
      if (++tries > maxTries) return best;
      // A smaller schema may be none any more.
      if (!(await shows(smaller).catch(isNoSchema))) continue;
      next = smaller;
      break;
    }
    if (next === undefined) return best;
    best = next;
  }
}

function isNoSchema(error: unknown): false {
  if (error instanceof UnavailableError) throw error;
  return false;
}

function smallerCases(given: Case): Case[] {
  const { entries, schema } = given;
  return [
    ...(entries.length > 1 ? entries.map((entry) => ({ ...given, entries: [entry] })) : []),
    ...(entries.length > 2 ? entries.map((_, at) => ({ ...given, entries: entries.toSpliced(at, 1) })) : []),
    ...smallerSchemas(schema).map((smaller) => ({ ...given, schema: smaller })),
    ...entries.flatMap((entry, at) =>
      smallerEntries(entry).map((smaller) => ({ ...given, entries: entries.with(at, smaller) })),
    ),
  ];
}

function smallerSchemas(schema: RecordSchema): RecordSchema[] {
  const { fields } = schema;
  const dropped = fields
    .filter(({ name }) => !needed.includes(name))
    .map((field) => fields.filter((other) => other !== field));
  const changed = fields.flatMap((field, at) =>
    smallerFields(field).map((smaller) => fields.with(at, smaller)),
  );
  return [...dropped, ...changed].map((list) => ({
    ...schema,
    fields: list,
  }));
}

function smallerFields(field: Field): Field[] {
  const { aliases = [], default: fallback, ...rest } = field;
  const withoutAliases = aliases.map((alias) => ({
    ...field,
    aliases: aliases.filter((other) => other !== alias),
  }));
  return fallback === undefined
    ? withoutAliases
    : [...withoutAliases, { ...rest, ...(aliases.length > 0 ? { aliases } : {}) }];
}

function smallerEntries(entry: string): string[] {
  const json = parseJson(entry);
  if (json.is !== 'object') return [];
  return [...json.members.keys()].map((name) =>
    jsonText({ is: 'object', members: new Map([...json.members].filter(([other]) => other !== name)) }),
  );
}

function smallerPairs({ reader, writer }: Pair): Pair[] {
  const names = new Set([...reader.fields, ...writer.fields].map(({ name }) => name));
  const without = (schema: RecordSchema, name: string) => ({
    ...schema,
    fields: schema.fields.filter((field) => field.name !== name),
  });
  return [
    ...[...names].map((name) => ({ reader: without(reader, name), writer: without(writer, name) })),
    ...smallerSchemas(reader).map((smaller) => ({ reader: smaller, writer })),
    ...smallerSchemas(writer).map((smaller) => ({ reader, writer: smaller })),
  ];
}
