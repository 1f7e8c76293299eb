/** Disagreements about pairs that are known, and who is right by the specification. Whatever isn't here is news. */
import type { Verdicts } from './compare-pair.ts';
import type { Pair } from './shrink.ts';

export interface Known {
  readonly name: string;
  readonly right: string;
  applies(conflict: string, verdicts: Verdicts, pair: Pair): boolean;
}

export const known: readonly Known[] = [
  {
    name: 'a written field may be one of two that are read',
    right: 'the bridge by choice: readers differ in who gets it, so it is told as a break',
    applies: (conflict, { breaks }) =>
      conflict.startsWith('only the bridge') &&
      breaks.some((each) => each.includes(' may be') || each.includes(' is written twice')),
  },
  {
    name: "an alias that is the field's own name",
    right: 'the bridge: the field is read; the checker of Java throws',
    applies: (conflict, { checker }) =>
      conflict.startsWith("only Java's checker") && checker.includes('matches multiple fields in writer'),
  },
  {
    name: 'a type renamed by an alias and in another namespace',
    right: 'open: records match by their unqualified names, aliases by full ones; most readers read it',
    applies: (conflict, _, { reader, writer }) =>
      conflict.startsWith("only Java's checker") &&
      hasAliases(reader) &&
      namespacesOf(reader) !== namespacesOf(writer),
  },
  {
    name: "aliases of fields that Java's reader loses: in a record of another namespace, or in a chain of names",
    right: 'the bridge and the checker of Java',
    applies: (conflict, { java }, { reader }) =>
      conflict.startsWith("it breaks for Java's reader") &&
      hasAliases(reader) &&
      java !== null &&
      /missing required field|Duplicate field/.test(java),
  },
  {
    name: "a default of a union's later branch that Java's reader takes for the first branch's",
    right: 'the bridge and the checker of Java (specification 1.12: any branch)',
    applies: (conflict, _, { reader }) =>
      conflict.startsWith("it breaks for Java's reader") && hasLateDefault(reader),
  },
  {
    name: "a default in the writer's schema that Java's reader no longer takes once it has renamed a field by an alias",
    right: 'the bridge and the checker of Java: a default of the writer means nothing to a reader',
    applies: (conflict, { java }, { reader }) =>
      conflict.startsWith("it breaks for Java's reader") &&
      hasAliases(reader) &&
      java?.includes('Invalid default for field') === true,
  },
];

interface Part {
  readonly type?: unknown;
  readonly name?: string;
  readonly namespace?: string;
  readonly fields?: readonly { readonly name: string; readonly type: unknown; readonly default?: unknown }[];
  readonly items?: unknown;
  readonly values?: unknown;
}

/** Whether a default somewhere in the schema holds a value that doesn't fit the first branch of its union. */
function hasLateDefault(schema: unknown, names = new Map<string, Part>()): boolean {
  if (Array.isArray(schema)) return schema.some((each) => hasLateDefault(each, names));
  if (typeof schema !== 'object' || schema === null) return false;
  const part = schema as Part;
  if (part.name !== undefined)
    for (const name of [part.name, `${part.namespace}.${part.name}`]) names.set(name, part);
  const found = [part.type, part.items, part.values].some((each) => hasLateDefault(each, names));
  return (
    found ||
    (part.fields ?? []).some(
      (field) =>
        hasLateDefault(field.type, names) || ('default' in field && isLate(field.type, field.default, names)),
    )
  );
}

function isLate(type: unknown, value: unknown, names: ReadonlyMap<string, Part>): boolean {
  if (Array.isArray(type)) return !fits(type[0], value, names) || isLate(type[0], value, names);
  const { type: name = type, fields = [], items, values } = definitionOf(type, names);
  if (name === 'array') return (value as unknown[]).some((each) => isLate(items, each, names));
  if (name === 'map') return Object.values(value as object).some((each) => isLate(values, each, names));
  const given = value as Readonly<Record<string, unknown>>;
  return (
    name === 'record' &&
    fields.some((field) => Object.hasOwn(given, field.name) && isLate(field.type, given[field.name], names))
  );
}

function definitionOf(type: unknown, names: ReadonlyMap<string, Part>): Part {
  if (typeof type === 'string') return names.get(type) ?? { type };
  return type ?? {};
}

function fits(type: unknown, value: unknown, names: ReadonlyMap<string, Part>): boolean {
  switch (definitionOf(type, names).type) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'array':
      return Array.isArray(value);
    case 'string':
    case 'bytes':
    case 'fixed':
    case 'enum':
      return typeof value === 'string';
    default:
      return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
}

function hasAliases(schema: object): boolean {
  return /"aliases":\["/.test(JSON.stringify(schema));
}

function namespacesOf(schema: object): string {
  const found = JSON.stringify(schema).matchAll(/"namespace":"([^"]*)"/g);
  return JSON.stringify([...new Set([...found].map(([, namespace = '']) => namespace))].toSorted(byText));
}

function byText(one: string, other: string): number {
  return one < other ? -1 : 1;
}
