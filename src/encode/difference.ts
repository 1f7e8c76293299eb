import type { Type } from 'avsc';
import { theRecord, wordsOf } from './compatibility.ts';
import { type FieldType, recordSchema, type RecordSchema } from './field-type.ts';

/** What became of a field from one schema to another. */
export interface FieldDifference {
  readonly is: 'added' | 'removed' | 'changed';
  readonly field: string;
  /** In words, e.g. `int or null becomes long or null`. */
  readonly what: string;
}

/** What a later schema has that an earlier one hasn't, and the other way round, field by field; aliases tell of renamed fields. */
export function differences(earlier: RecordSchema, later: RecordSchema): FieldDifference[] {
  return betweenRecords(earlier, later, []);
}

function betweenRecords(
  earlier: RecordSchema,
  later: RecordSchema,
  around: readonly Type[],
): FieldDifference[] {
  const nowNamed = new Map([
    ...later.fields.flatMap((field) => field.aliases.map((name) => [name, field] as const)),
    // A field's own name goes before another's alias.
    ...later.fields.map((field) => [field.name, field] as const),
  ]);
  const kept = earlier.fields.map((field) => [field, nowNamed.get(field.name)] as const);
  const known = new Set(kept.map(([, now]) => now));
  return [
    ...kept.flatMap(([field, now]) =>
      now === undefined ? [removed(field)] : changed(field, now, [...around, earlier.type]),
    ),
    ...later.fields.filter((field) => !known.has(field)).map(added),
  ];
}

function namesOf({ name, aliases }: FieldType): string[] {
  return [name, ...aliases];
}

function removed(field: FieldType): FieldDifference {
  return { is: 'removed', field: field.name, what: wordsOf(field) };
}

function added(field: FieldType): FieldDifference {
  const fallback = field.hasDefault ? 'with a default' : 'without a default';
  return { is: 'added', field: field.name, what: `${wordsOf(field)}, ${fallback}` };
}

function changed(before: FieldType, now: FieldType, around: readonly Type[]): FieldDifference[] {
  const renamed = before.name === now.name ? [] : [`is now called ${now.name}`];
  const [was, is] = [wordsOf(before), wordsOf(now)];
  const inner = was === is ? changedInside(before, now, around) : [];
  const retyped =
    was !== is
      ? [`${was} becomes ${is}`]
      : inner.length === 0 && textOf(before.type) !== textOf(now.type) && !isInside(before, around)
        ? [`${was} is another one inside`]
        : [];
  const redescribed = before.doc === now.doc ? [] : ['has another doc'];
  const what = [
    ...renamed,
    ...retyped,
    ...changedDefault(before, now),
    ...changedAliases(before, now),
    ...redescribed,
  ];
  return [
    ...(what.length === 0 ? [] : [{ is: 'changed' as const, field: before.name, what: what.join('; ') }]),
    ...inner.map((difference) => ({ ...difference, field: `${before.name}.${difference.field}` })),
  ];
}

/** @param around the earlier schema's records that hold the field: a record may hold itself, and is looked into once */
function changedInside(before: FieldType, now: FieldType, around: readonly Type[]): FieldDifference[] {
  const [was, is] = [theRecord(before.type), theRecord(now.type)];
  if (was === undefined || is === undefined || isInside(before, around)) return [];
  return betweenRecords(recordSchema(was), recordSchema(is), around);
}

function isInside({ type }: FieldType, around: readonly Type[]): boolean {
  return around.some((each) => each === theRecord(type));
}

function textOf(type: Type): string {
  return JSON.stringify(type.schema({ exportAttrs: true }));
}

function changedDefault(before: FieldType, now: FieldType): string[] {
  if (!before.hasDefault && now.hasDefault) return ['gains a default'];
  if (before.hasDefault && !now.hasDefault) return ['loses its default'];
  const fallback = JSON.stringify(now.default);
  return JSON.stringify(before.default) === fallback ? [] : [`has another default: ${fallback}`];
}

/** But for the alias that a new name brings along. */
function changedAliases(before: FieldType, now: FieldType): string[] {
  const [were, are] = [namesOf(before), namesOf(now)];
  const gained = are.filter((name) => name !== now.name && !were.includes(name));
  const lost = were.filter((name) => name !== before.name && !are.includes(name));
  return [
    ...gained.map((name) => `gains the alias ${name}`),
    ...lost.map((name) => `loses the alias ${name}`),
  ];
}
