import type { Type } from 'avsc';
import { branchesOf, kindOf } from './avro-types.ts';
import { type FieldType, recordSchema } from './field-type.ts';
import { areNamedAlike, resolves, sourceOf } from './resolution.ts';
import { typeInWords } from './words.ts';

/** Why records that were written with one schema can't be read with another, a sentence for each field. Empty where they can. */
export function whatBreaks(reader: Type, writer: Type): string[] {
  return resolves(reader, writer) ? [] : sentencesOf(reader, writer, []);
}

/** @param around the reader's records that hold this one: a record may hold itself, and is told of once */
function sentencesOf(reader: Type, writer: Type, around: readonly Type[]): string[] {
  const [read, written] = [theRecord(reader), theRecord(writer)];
  const asWhole = `${kindOf(writer)} can't be read as ${kindOf(reader)}`;
  if (read === undefined || written === undefined || !areNamedAlike(read, written)) return [asWhole];
  const [readerFields, writerFields] = [recordSchema(read).fields, recordSchema(written).fields];
  const found = readerFields.flatMap((field) =>
    breaksOf(field, readerFields, writerFields, [...around, read]),
  );
  // What breaks a record that holds itself may be told of around it.
  return found.length > 0 || around.length > 0 ? found : [asWhole];
}

function breaksOf(
  field: FieldType,
  readerFields: readonly FieldType[],
  writerFields: readonly FieldType[],
  around: readonly Type[],
): string[] {
  const source = sourceOf(field, readerFields, writerFields);
  if (source.is === 'default') return [];
  if (source.is === 'missing') return [`"${field.name}" is read without a default, and is not written`];
  if (source.is === 'ambiguous') return [source.why];
  const { field: written } = source;
  if (resolves(field.type, written.type)) return [];
  const [read, inner] = [theRecord(field.type), theRecord(written.type)];
  if (read !== undefined && inner !== undefined && areNamedAlike(read, inner) && !resolves(read, inner)) {
    if (around.includes(read)) return [];
    return sentencesOf(read, inner, around).map((sentence) => `in "${field.name}": ${sentence}`);
  }
  return [
    `"${field.name}" is written as ${typeInWords(written.type)}, and can't be read as ${typeInWords(field.type)}`,
  ];
}

/** The record that a type is, beside null. */
function theRecord(type: Type): Type | undefined {
  const [only, ...others] = branchesOf(type).filter(({ typeName }) => typeName !== 'null');
  return only?.typeName === 'record' && others.length === 0 ? only : undefined;
}
