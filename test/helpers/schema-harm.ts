/** What a version of a schema does to the readers of another: more than resolution, which lets values change their meaning or vanish. */
import { type Field, type RecordSchema, withoutDocs } from '../../tools/schemas/versions.ts';
import { readerOf } from './schema-evolution.ts';

/**
 * Why one version's readers would be harmed by the other's records, or the reverse; empty where each reads the other and gets every
 * value, of the same type, of the fields that both have.
 */
export function harmBetween(one: RecordSchema, other: RecordSchema): string[] {
  return [
    ...unresolved(one, other),
    ...unresolved(other, one),
    ...retyped(one, other),
    ...renamed(one, other),
    ...renamed(other, one),
  ];
}

function unresolved(reader: RecordSchema, writer: RecordSchema): string[] {
  try {
    readerOf(reader, writer);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Resolution reads text as bytes, and takes a timestamp for a number. */
function retyped(one: RecordSchema, other: RecordSchema): string[] {
  return one.fields.flatMap((field) => {
    const same = other.fields.find(({ name }) => name === field.name);
    return same === undefined || typeText(field) === typeText(same) ? [] : [`${field.name} has another type`];
  });
}

/** A reader that has only the older name takes its default, whatever was written. */
function renamed(newer: RecordSchema, older: RecordSchema): string[] {
  return newer.fields.flatMap(({ name, aliases = [] }) =>
    aliases
      .filter((alias) => older.fields.some((field) => field.name === alias))
      .map((alias) => `${alias} is renamed to ${name}`),
  );
}

function typeText({ name, type }: Field): string {
  return withoutDocs({ type: 'record', name: 'Holder', namespace: 'holder', fields: [{ name, type }] });
}
