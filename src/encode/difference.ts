import { wordsOf } from './compatibility.ts';
import type { FieldType, RecordSchema } from './field-type.ts';

/** What became of a field from one schema to another. */
export interface FieldDifference {
  readonly is: 'added' | 'removed' | 'changed';
  readonly field: string;
  /** In words, e.g. `int or null becomes long or null`. */
  readonly what: string;
}

/** What a later schema has that an earlier one hasn't, and the other way round, field by field; aliases tell of renamed fields. */
export function differences(earlier: RecordSchema, later: RecordSchema): FieldDifference[] {
  const nowNamed = new Map(
    later.fields.flatMap((field) => namesOf(field).map((name) => [name, field] as const)),
  );
  const before = new Set(earlier.fields.map(({ name }) => name));
  const kept = earlier.fields.map((field) => [field, nowNamed.get(field.name)] as const);
  return [
    ...kept.flatMap(([field, now]) => (now === undefined ? [removed(field)] : changed(field, now))),
    ...later.fields.filter((field) => !namesOf(field).some((name) => before.has(name))).map(added),
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

function changed(before: FieldType, now: FieldType): FieldDifference[] {
  const renamed = before.name === now.name ? [] : [`is now called ${now.name}`];
  const [was, is] = [wordsOf(before), wordsOf(now)];
  const retyped = was === is ? [] : [`${was} becomes ${is}`];
  const defaults = {
    gained: !before.hasDefault && now.hasDefault,
    lost: before.hasDefault && !now.hasDefault,
    other: JSON.stringify(before.default) !== JSON.stringify(now.default),
  };
  const fallback = defaults.gained
    ? ['gains a default']
    : defaults.lost
      ? ['loses its default']
      : defaults.other
        ? [`has another default: ${JSON.stringify(now.default)}`]
        : [];
  const redescribed = before.doc === now.doc ? [] : ['has another doc'];
  const what = [...renamed, ...retyped, ...fallback, ...redescribed];
  return what.length === 0 ? [] : [{ is: 'changed', field: before.name, what: what.join('; ') }];
}
