import type { Type } from 'avsc';
import { branchesOf, type FieldType, kindOf, recordSchema } from './field-type.ts';

/**
 * Why records that were written with one schema can't be read with another, by Avro's rules of schema resolution (specification 1.12,
 * "Schema Resolution"), a sentence for each field. Empty where they can.
 */
export function whatBreaks(reader: Type, writer: Type): string[] {
  if (resolves(reader, writer)) return [];
  const [read, written] = [theRecord(reader), theRecord(writer)];
  if (read === undefined || written === undefined || !areNamedAlike(read, written))
    return [`${kindOf(writer)} can't be read as ${kindOf(reader)}`];
  const writerFields = recordSchema(written).fields;
  const found = recordSchema(read).fields.flatMap((field) => breaksOf(field, writerFields));
  return found.length > 0 ? found : [`${kindOf(writer)} can't be read as ${kindOf(reader)}`];
}

function breaksOf(field: FieldType, writerFields: readonly FieldType[]): string[] {
  const names = [field.name, ...field.aliases];
  const written = writerFields.find(({ name }) => names.includes(name));
  if (written === undefined)
    return field.hasDefault ? [] : [`"${field.name}" is read without a default, and is not written`];
  if (resolves(field.type, written.type)) return [];
  const inner = [theRecord(field.type), theRecord(written.type)] as const;
  if (inner[0] !== undefined && inner[1] !== undefined && areNamedAlike(inner[0], inner[1]))
    return whatBreaks(inner[0], inner[1]).map((sentence) => `in "${field.name}": ${sentence}`);
  return [`"${field.name}" is written as ${wordsOf(written)}, and can't be read as ${wordsOf(field)}`];
}

function resolves(reader: Type, writer: Type): boolean {
  try {
    reader.createResolver(writer);
    return true;
  } catch {
    return false;
  }
}

/** The record that a type is, beside null. */
function theRecord(type: Type): Type | undefined {
  const [only, ...others] = branchesOf(type).filter(({ typeName }) => typeName !== 'null');
  return only?.typeName === 'record' && others.length === 0 ? only : undefined;
}

function areNamedAlike(one: Type, other: Type): boolean {
  return one.name === other.name || (one.aliases ?? []).includes(other.name ?? '');
}

/** A field's type in words, with the symbols of an enum. */
export function wordsOf({ kind, nullable, type }: FieldType): string {
  const symbols = branchesOf(type)
    .filter(({ typeName }) => typeName === 'enum')
    .map((each) => ` (${(each as unknown as { symbols: string[] }).symbols.join(', ')})`);
  return `${kind || 'null'}${symbols.join('')}${nullable ? ' or null' : ''}`;
}
