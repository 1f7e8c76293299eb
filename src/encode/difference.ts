import type { Type } from 'avsc';
import { branchesOf, enumDefaultOf, innerOf, kindOf } from './avro-types.ts';
import { type FieldType, recordSchema, type RecordSchema } from './field-type.ts';
import { areNamedAlike } from './resolution.ts';
import { typeInWords } from './words.ts';

/** What became of a field, or of the record itself, from one schema to another. */
export interface FieldDifference {
  readonly is: 'added' | 'removed' | 'changed';
  /** "status", "parts.size" within, or "record ns.Job" for the record itself. */
  readonly field: string;
  /** In words, e.g. `int or null becomes long or null`. */
  readonly what: string;
}

/**
 * What a later schema has that an earlier one hasn't, and the other way round, field by field and at any depth, as far as a reader or a class
 * that is generated from it can feel it; aliases tell of renamed fields.
 */
export function differences(earlier: RecordSchema, later: RecordSchema): FieldDifference[] {
  const { type } = earlier;
  const renamed = type.name === later.type.name ? [] : [`is now called ${later.type.name}`];
  const what = [...renamed, ...changedNamed(type, later.type)];
  return [...asChange(kindOf(type), what), ...betweenRecords(type, later.type, '', [])];
}

function asChange(field: string, what: readonly string[]): FieldDifference[] {
  return what.length === 0 ? [] : [{ is: 'changed', field, what: what.join('; ') }];
}

/** @param within what stands before the names of the fields. @param around the earlier schema's records that hold these: each is looked into once */
function betweenRecords(
  earlier: Type,
  later: Type,
  within: string,
  around: readonly Type[],
): FieldDifference[] {
  const [before, after] = [recordSchema(earlier).fields, recordSchema(later).fields];
  const kept = keptFields(before, after);
  const known = new Set(kept.map(([, now]) => now));
  const all = [
    ...kept.flatMap(([field, now]) =>
      now === undefined ? [removed(field)] : changed(field, now, [...around, earlier]),
    ),
    ...after.filter((field) => !known.has(field)).map(added),
  ];
  return all.map((difference) => ({ ...difference, field: within + difference.field }));
}

/** Each earlier field with what it has become; undefined where it is gone. */
function keptFields(
  before: readonly FieldType[],
  after: readonly FieldType[],
): (readonly [FieldType, FieldType | undefined])[] {
  const nowNamed = new Map([
    ...after.flatMap((field) => field.aliases.map((name) => [name, field] as const)),
    // A field's own name goes before another's alias.
    ...after.map((field) => [field.name, field] as const),
  ]);
  return before.map((field) => [field, nowNamed.get(field.name)]);
}

function removed(field: FieldType): FieldDifference {
  return { is: 'removed', field: field.name, what: typeInWords(field.type) };
}

function added(field: FieldType): FieldDifference {
  const fallback = field.fallback === null ? 'without a default' : 'with a default';
  return { is: 'added', field: field.name, what: `${typeInWords(field.type)}, ${fallback}` };
}

function changed(before: FieldType, now: FieldType, around: readonly Type[]): FieldDifference[] {
  const [was, is] = [typeInWords(before.type), typeInWords(now.type)];
  const named = namedPairs(before.type, now.type).filter(([each]) => !around.includes(each));
  const what = [
    ...(before.name === now.name ? [] : [`is now called ${now.name}`]),
    ...(was === is ? [] : [`${was} becomes ${is}`]),
    ...changedDefault(before, now),
    ...changedAliases(before, now),
    ...(before.order === now.order ? [] : [`is sorted ${now.order} instead of ${before.order}`]),
    ...changedDoc(before, now),
    ...named.flatMap(([each, later]) =>
      changedNamed(each, later).map((text) => `its ${kindOf(each)} ${text}`),
    ),
  ];
  const records = named.filter(([each]) => each.typeName === 'record');
  return [
    ...asChange(before.name, what),
    ...records.flatMap(([each, later]) => betweenRecords(each, later, `${before.name}.`, around)),
  ];
}

/** The records, enums and fixed in a type, wherever in it, each with what it has become. */
function namedPairs(before: Type, now: Type): [Type, Type][] {
  return branchesOf(before).flatMap((was): [Type, Type][] => {
    const is = branchesOf(now).find((each) => each.typeName === was.typeName && isThat(each, was));
    if (is === undefined) return [];
    const [inner, later] = [innerOf(was), innerOf(is)];
    if (inner !== null && later !== null) return namedPairs(inner, later);
    return was.name === undefined ? [] : [[was, is]];
  });
}

function isThat(now: Type, before: Type): boolean {
  return before.name === undefined || areNamedAlike(now, before);
}

/** Of a record, an enum or a fixed; a new name is told with the type that has it. */
function changedNamed(before: Type, now: Type): string[] {
  return [
    ...changedAliases(namesOf(before), namesOf(now)),
    ...changedEnumDefault(before, now),
    ...changedDoc(before, now),
    ...changedOrder(before, now),
  ];
}

/** Of the fields that a record keeps, under whichever names: a class's constructor takes them in their order. */
function changedOrder(before: Type, now: Type): string[] {
  if (before.typeName !== 'record') return [];
  const after = recordSchema(now).fields;
  const places = keptFields(recordSchema(before).fields, after).flatMap(([, field]) =>
    field === undefined ? [] : [after.indexOf(field)],
  );
  const isInOrder = places.every((place, at) => at === 0 || place > (places[at - 1] as number));
  return isInOrder ? [] : ['has its fields in another order'];
}

function namesOf({ name = '', aliases = [] }: Type): Named {
  return { name, aliases };
}

function changedEnumDefault(before: Type, now: Type): string[] {
  const [was, is] = before.typeName === 'enum' ? [enumDefaultOf(before), enumDefaultOf(now)] : [];
  if (was === is) return [];
  if (was === undefined) return [`gains the default ${is} for symbols that a reader does not know`];
  return [is === undefined ? `loses its default ${was}` : `has another default: ${is}`];
}

function changedDoc(before: { readonly doc?: string | undefined }, now: typeof before): string[] {
  return before.doc === now.doc ? [] : ['has another doc'];
}

function changedDefault({ fallback: before }: FieldType, { fallback: now }: FieldType): string[] {
  if (before === null && now === null) return [];
  if (before === null) return ['gains a default'];
  if (now === null) return ['loses its default'];
  const json = JSON.stringify(now.json);
  return JSON.stringify(before.json) === json ? [] : [`has another default: ${json}`];
}

interface Named {
  readonly name: string;
  readonly aliases: readonly string[];
}

/** But for the alias that comes with a new name. */
function changedAliases(before: Named, now: Named): string[] {
  const [were, are] = [before, now].map(({ name, aliases }) => [name, ...aliases]) as [string[], string[]];
  const gained = are.filter((name) => name !== now.name && !were.includes(name));
  const lost = were.filter((name) => name !== before.name && !are.includes(name));
  return [
    ...gained.map((name) => `gains the alias ${name}`),
    ...lost.map((name) => `loses the alias ${name}`),
  ];
}
