/** What becomes of a value by the dictionary (schemas/README.md) and docs/adr/0010-projection.md; written from these, on JSON text. */
import { doubleOf, integerOf } from './decimal.ts';
import { defaultTree } from './judge-default.ts';
import type { Json } from './json.ts';
import type { Resolved, ResolvedField, ResolvedRecord } from './resolved.ts';
import { doubleTree, floatTree, mapTree, type Tree } from './tree.ts';

/** Why an entry can't be written, from the value that was judged to what failed. */
export interface Failure {
  readonly reason: string;
  readonly path: readonly (string | number)[];
}

/** A value that is written: `surplus` where the type has no place for all of it, `odd` where that is a time. Or all that is wrong with it. */
export type Judgement =
  | { readonly tree: Tree; readonly surplus: boolean; readonly odd: boolean }
  | { readonly failures: readonly Failure[] };

/** The seconds of the years 1 to 9999. */
const years = { first: -62_135_596_800n, last: 253_402_300_799n };
/** The longs that the bridge writes: avsc's. */
const longs = { first: -(2n ** 52n), last: 2n ** 53n - 2n };
const ints = { first: -(2n ** 31n), last: 2n ** 31n - 1n };

export function judgeValue(type: Resolved, json: Json): Judgement {
  switch (type.kind) {
    case 'null':
      return json.is === 'null' ? written(['null']) : wrong(json);
    case 'boolean':
      return json.is === 'boolean' ? written(['boolean', json.value]) : wrong(json);
    case 'int':
      return judgeInteger(json, 'int', ints);
    case 'long':
      return judgeInteger(json, 'long', longs);
    case 'time':
      return judgeTime(json, type.units);
    case 'double': {
      const value = json.is === 'number' ? doubleOf(json.text) : null;
      return value === null ? wrong(json) : written(doubleTree(value));
    }
    case 'float': {
      const value = json.is === 'number' ? doubleOf(json.text) : null;
      return value === null || Math.fround(value) !== value ? wrong(json) : written(floatTree(value));
    }
    case 'string':
      if (json.is !== 'string') return wrong(json);
      return json.value.isWellFormed() ? written(['string', json.value]) : failed('bad-unicode');
    case 'enum':
      return json.is === 'string' && type.symbols.includes(json.value)
        ? written(['enum', json.value])
        : wrong(json);
    case 'array':
      return json.is === 'array' ? judgeArray(type.inner, json.items) : wrong(json);
    case 'map':
      return json.is === 'object' ? judgeMap(type.inner, json.members) : wrong(json);
    case 'record':
      return json.is === 'object' ? judgeRecord(type, json.members) : wrong(json);
    case 'union':
      return judgeUnion(type.branches, json);
  }
}

function written(tree: Tree): Judgement {
  return { tree, surplus: false, odd: false };
}

function failed(reason: string, path: Failure['path'] = []): Judgement {
  return { failures: [{ reason, path }] };
}

function wrong(json: Json): Judgement {
  return failed(json.is === 'number' && doubleOf(json.text) === null ? 'inexact-number' : 'wrong-type');
}

function judgeInteger(json: Json, kind: 'int' | 'long', { first, last }: typeof longs): Judgement {
  const integer = json.is === 'number' ? integerOf(json.text) : null;
  return integer !== null && integer >= first && integer <= last
    ? written([kind, String(integer)])
    : wrong(json);
}

/** Whole seconds become units; what is beyond the years or beyond a long is a time that no reader could hold. */
function judgeTime(json: Json, units: bigint): Judgement {
  if (json.is !== 'number') return wrong(json);
  const first = max(years.first, longs.first / units);
  const last = -max(-years.last, -longs.last / units);
  const seconds = integerOf(json.text);
  if (seconds !== null && seconds >= first && seconds <= last)
    return written(['long', String(seconds * units)]);
  const about = Number(json.text);
  return about < Number(first) || about > Number(last) ? failed('time-out-of-range') : wrong(json);
}

function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

/** Whole from its parts, or all that is wrong with them. */
function join(
  parts: readonly (readonly [step: string | number | null, part: Judgement])[],
  whole: (trees: readonly Tree[]) => Tree,
): Judgement {
  const trees: Tree[] = [];
  const failures: Failure[] = [];
  let surplus = false;
  let odd = false;
  for (const [step, part] of parts) {
    if ('failures' in part) {
      failures.push(
        ...part.failures.map(({ reason, path }) => ({
          reason,
          path: step === null ? path : [step, ...path],
        })),
      );
      continue;
    }
    trees.push(part.tree);
    surplus ||= part.surplus;
    odd ||= part.odd;
  }
  return failures.length > 0 ? { failures } : { tree: whole(trees), surplus, odd };
}

function judgeArray(inner: Resolved, items: readonly Json[]): Judgement {
  return join(
    items.map((item, at) => [at, judgeValue(inner, item)] as const),
    (trees) => ['array', trees],
  );
}

function judgeMap(inner: Resolved, members: ReadonlyMap<string, Json>): Judgement {
  const names = [...members.keys()];
  const parts = [...members].map(([name, value]): readonly [string | null, Judgement] =>
    name.isWellFormed() ? [name, judgeValue(inner, value)] : [null, failed('bad-unicode')],
  );
  return join(parts, (trees) => mapTree(trees.map((tree, at) => [names[at] ?? '', tree] as const)));
}

function judgeRecord({ name, fields }: ResolvedRecord, members: ReadonlyMap<string, Json>): Judgement {
  const sources = sourcesAmong(members, fields);
  const parts = fields.map((field, at) => judgeField(field, sources[at], members));
  const whole = join(parts, (trees) => [
    'record',
    name,
    trees.map((tree, at) => [fields[at]?.name ?? '', tree] as const),
  ]);
  const surplus = [...members.keys()].some((member) => !sources.includes(member));
  return 'failures' in whole ? whole : { ...whole, surplus: whole.surplus || surplus };
}

/** A field of a record, and the step to it where its value was sent. */
export function judgeField(
  field: ResolvedField,
  source: string | undefined,
  members: ReadonlyMap<string, Json>,
): readonly [string | null, Judgement] {
  const json = source === undefined ? undefined : members.get(source);
  if (source === undefined || json === undefined || json.is === 'null')
    return [null, absent(field, json !== undefined)];
  return [source, judgeValue(field.type, json)];
}

/** @param isNull whether null was sent */
export function absent(field: ResolvedField, isNull: boolean): Judgement {
  const branches = field.type.kind === 'union' ? field.type.branches : [field.type];
  const isNullable = branches.some(({ kind }) => kind === 'null');
  if (isNull && isNullable) return written(['null']);
  const fallback = field.fallback === undefined ? null : defaultTree(field.type, field.fallback.json);
  if (fallback !== null) return written(fallback);
  return isNullable ? written(['null']) : failed('missing', [field.name]);
}

/** Own names go before aliases, what is a field's name belongs to that field, and one value goes to one field. */
export function sourcesAmong(
  members: ReadonlyMap<string, unknown>,
  fields: readonly { readonly name: string | null; readonly aliases: readonly string[] }[],
  reserved: readonly string[] = [],
): (string | undefined)[] {
  const given = new Set<string>(reserved);
  for (const { name } of fields) if (name !== null) given.add(name);
  return fields.map(({ name, aliases }) => {
    if (name !== null && members.has(name)) return name;
    for (const alias of aliases) {
      if (given.has(alias) || !members.has(alias)) continue;
      given.add(alias);
      return alias;
    }
    return undefined;
  });
}

/** The first branch that holds all of the value; else the first that holds it; else null for a time that none could hold. */
function judgeUnion(branches: readonly Resolved[], json: Json): Judgement {
  const isNullable = branches.some(({ kind }) => kind === 'null');
  if (json.is === 'null' && isNullable) return written(['null']);
  const values = branches.filter(({ kind }) => kind !== 'null');
  const judged = values.map((branch) => judgeValue(branch, json));
  const whole = judged.find((each) => !('failures' in each) && !each.surplus);
  const taken = whole ?? judged.find((each) => !('failures' in each));
  if (taken !== undefined) return taken;
  const isOdd = judged.some(
    (each) =>
      'failures' in each &&
      each.failures.some(({ reason, path }) => reason === 'time-out-of-range' && path.length === 0),
  );
  if (isOdd) return isNullable ? { tree: ['null'], surplus: true, odd: true } : failed('time-out-of-range');
  // With one kind of value the failure is that value's; with more none of them is the one that was meant.
  const [only] = judged;
  return only !== undefined && values.length === 1 && isNullable ? only : wrong(json);
}
