/** Entries as JSON text for a schema, from a seed: mostly what it takes, and whatever JSON can hold. */
import type { Random } from '../../src/simulator/random.ts';
import { below, oneOf } from '../fuzz/choose.ts';
import { fieldNames } from './make-schema.ts';
import type { Resolved, ResolvedRecord } from './resolved.ts';

/** At every edge where a type, JavaScript or `avsc` begins to differ. */
const numberTexts =
  '0 -0 -0.0 1 -1 1.0 1e0 1E2 10e-1 1.5 0.1 2147483647 2147483648 -2147483648 -2147483649 ' +
  '2147483647.0 4503599627370496 -4503599627370496 -4503599627370497 9007199254740990 ' +
  '9007199254740991 9007199254740992 9007199254740993 9223372036854775807 -9223372036854775808 ' +
  '18446744073709551616 1152921504606846976 1152921504606847000 1234567890123456.0 ' +
  '1234567890123456E0 1.2345678901234568E10 0.1000000000000000055511151231257827 1e400 -1e400 ' +
  '1e-400 5e-324 1.7976931348623157E308 0e-999999 16777216 16777217 3.4028234663852886e38 1e39 ' +
  '1e22 1e23 0.30000000000000004 123456789012345678 253402300799 253402300800 -62135596800 ' +
  '-62135596801 9007199254 9007199255 -4503599627 -4503599628 1760018000 1760018000.5 ' +
  '1760018000000 100000000000000000000 1.0000000000000000 340282366920938463463374607431768211456';
const numbers = numberTexts.split(' ');
const strings = [
  '"x"',
  '""',
  '"a\\u0000b"',
  '"\\ud83d\\ude00é"',
  '"\\ud800"',
  '"__proto__"',
  '"constructor"',
  '"\\u2028"',
  '"1"',
] as const;
const names = [
  ...fieldNames,
  '__proto__',
  'x',
  'y',
  '1',
  '',
  'a.b',
  'primary',
  'extra',
  'messageId',
  'notifiedAt',
  '\ud800',
  'é😀',
] as const;
const edged = new Set(['int', 'long', 'time', 'float', 'double']);
const maxDepth = 4;
/** Above the bridge's bound for keys. */
const longText = 4_100;

export function makeEntry(random: Random, { fields }: ResolvedRecord): string {
  if (below(random, 50) === 0) return anyText(0);
  const members: string[] = [];
  if (below(random, 40) > 0) members.push(member('clientName', clientText()));
  for (const { name, aliases, type } of fields) {
    if (name === 'clientName' || name === 'extra' || below(random, 15) === 0) continue;
    members.push(member(oneOf(random, [name, name, ...aliases]), valueText(type, 0)));
  }
  for (let more = below(random, 3); more > 0; more--) members.push(member(oneOf(random, names), anyText(0)));
  return `{${shuffled(members).join()}}`;

  function member(name: string, value: string): string {
    const text = JSON.stringify(name);
    const escaped = text.replace(
      /^"([a-z])/,
      (_, first: string) => `"\\u00${first.charCodeAt(0).toString(16)}`,
    );
    return `${below(random, 8) === 0 ? escaped : text}:${below(random, 8) === 0 ? ' ' : ''}${value}`;
  }

  function clientText(): string {
    const choice = below(random, 60);
    if (choice === 0) return JSON.stringify('c'.repeat(longText));
    return choice === 1 ? anyText(0) : oneOf(random, ['"client-a"', '"client-b"', '""', '"é"']);
  }

  function shuffled(list: readonly string[]): string[] {
    if (below(random, 2) === 0) return [...list];
    return list
      .map((each) => [random.bits(), each] as const)
      .toSorted(([one], [other]) => one - other)
      .map(([, each]) => each);
  }

  /** Mostly of the type. */
  function valueText(type: Resolved, depth: number): string {
    if (depth > maxDepth || below(random, 60) === 0) return anyText(depth);
    if (edged.has(type.kind) && below(random, 12) === 0) return oneOf(random, numbers);
    switch (type.kind) {
      case 'null':
        return 'null';
      case 'boolean':
        return oneOf(random, ['true', 'false']);
      case 'string':
        return oneOf(random, below(random, 5) === 0 ? strings : ['"text"', '"DONE"']);
      case 'enum':
        return JSON.stringify(oneOf(random, type.symbols));
      case 'int':
        return oneOf(random, ['0', '7', '1.0', '1E2', '-0', '2147483647']);
      case 'long':
        return oneOf(random, ['1', '-4503599627370496', '9007199254740990', '1234567890123456.0']);
      case 'time':
        return oneOf(random, ['1760018000', '0', '-1', '9007199254']);
      case 'float':
        return oneOf(random, ['0', '1.5', '-0.0', '16777216', '1152921504606846976']);
      case 'double':
        return oneOf(random, ['0.1', '1e300', '-0.0']);
      case 'array':
        return `[${some(() => valueText(type.inner, depth + 1)).join()}]`;
      case 'map':
        return `{${some(() => member(oneOf(random, names), valueText(type.inner, depth + 1))).join()}}`;
      case 'record':
        return recordText(type, depth);
      case 'union':
        return valueText(oneOf(random, type.branches), depth);
    }
  }

  function recordText(type: ResolvedRecord, depth: number): string {
    const members = type.fields
      .filter(() => below(random, 8) > 0)
      .map(({ name, aliases, type: inner }) =>
        member(oneOf(random, [name, name, ...aliases]), valueText(inner, depth + 1)),
      );
    const more = below(random, 8) === 0 ? [member(oneOf(random, names), anyText(depth + 1))] : [];
    return `{${[...members, ...more].join()}}`;
  }

  function anyText(depth: number): string {
    const choice = below(random, depth > maxDepth ? 8 : 10);
    if (choice < 4) return oneOf(random, numbers);
    if (choice < 6) return oneOf(random, strings);
    if (choice < 8) return oneOf(random, ['true', 'false', 'null', '1']);
    if (choice < 9) return `[${some(() => anyText(depth + 1)).join()}]`;
    return `{${some(() => member(oneOf(random, names), anyText(depth + 1))).join()}}`;
  }

  function some(make: () => string): string[] {
    return Array.from({ length: below(random, 3) }, make);
  }
}
