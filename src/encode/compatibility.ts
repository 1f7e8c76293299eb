import type { Type } from 'avsc';
import { branchesOf, type FieldType, kindOf, recordSchema } from './field-type.ts';

/**
 * Why records that were written with one schema can't be read with another, by Avro's rules of schema resolution (specification 1.12,
 * "Schema Resolution"), a sentence for each field. Empty where they can.
 */
export function whatBreaks(reader: Type, writer: Type): string[] {
  return resolves(reader, writer) ? [] : sentencesOf(reader, writer, []);
}

/** @param around the reader's records that hold this one: a record may hold itself, and is told of once */
function sentencesOf(reader: Type, writer: Type, around: readonly Type[]): string[] {
  const [read, written] = [theRecord(reader), theRecord(writer)];
  const asWhole = `${kindOf(writer)} can't be read as ${kindOf(reader)}`;
  if (read === undefined || written === undefined || !areNamedAlike(read, written)) return [asWhole];
  const writerFields = recordSchema(written).fields;
  const found = recordSchema(read).fields.flatMap((field) =>
    breaksOf(field, writerFields, [...around, read]),
  );
  // What breaks a record that holds itself may be told of around it.
  return found.length > 0 || around.length > 0 ? found : [asWhole];
}

function breaksOf(field: FieldType, writerFields: readonly FieldType[], around: readonly Type[]): string[] {
  const names = [field.name, ...field.aliases];
  const [written, another] = writerFields.filter(({ name }) => names.includes(name));
  if (written === undefined)
    return field.hasDefault ? [] : [`"${field.name}" is read without a default, and is not written`];
  if (another !== undefined)
    return [`"${field.name}" is written twice, as "${written.name}" and as "${another.name}"`];
  if (resolves(field.type, written.type)) return [];
  const [read, inner] = [theRecord(field.type), theRecord(written.type)];
  if (read !== undefined && inner !== undefined && areNamedAlike(read, inner) && !resolves(read, inner)) {
    if (around.includes(read)) return [];
    return sentencesOf(read, inner, around).map((sentence) => `in "${field.name}": ${sentence}`);
  }
  return [`"${field.name}" is written as ${wordsOf(written)}, and can't be read as ${wordsOf(field)}`];
}

function resolves(reader: Type, writer: Type): boolean {
  try {
    // Types of one name are one, whatever their namespaces ("both schemas are records with the same (unqualified) name").
    reader.createResolver(writer, { ignoreNamespaces: true });
    return true;
  } catch {
    return false;
  }
}

/** The record that a type is, beside null. */
export function theRecord(type: Type): Type | undefined {
  const [only, ...others] = branchesOf(type).filter(({ typeName }) => typeName !== 'null');
  return only?.typeName === 'record' && others.length === 0 ? only : undefined;
}

function areNamedAlike(one: Type, other: Type): boolean {
  return [one.name, ...(one.aliases ?? [])].map(unqualified).includes(unqualified(other.name));
}

function unqualified(name = ''): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** A field's type in words, with the symbols of an enum. */
export function wordsOf({ kind, nullable, type }: FieldType): string {
  const symbols = branchesOf(type)
    .filter(({ typeName }) => typeName === 'enum')
    .map((each) => ` (${(each as unknown as { symbols: string[] }).symbols.join(', ')})`);
  return `${kind || 'null'}${symbols.join('')}${nullable ? ' or null' : ''}`;
}
