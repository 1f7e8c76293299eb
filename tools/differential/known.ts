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
    applies: (conflict, { java }) =>
      conflict.startsWith("it breaks for Java's reader") &&
      java !== null &&
      /is not in the enum symbol set|No default value for|StackOverflowError/.test(java),
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
