import type { Type } from 'avsc';
import { branchesOf, enumDefaultOf, innerOf, isUnion, symbolsOf } from './avro-types.ts';
import { type FieldType, recordSchema } from './field-type.ts';

/** Where a field that is read comes from: a field that was written, its default, or nowhere; or from more than one place, in words. */
export type FieldSource =
  | { readonly is: 'written'; readonly field: FieldType }
  | { readonly is: 'default' }
  | { readonly is: 'missing' }
  | { readonly is: 'ambiguous'; readonly why: string };

/**
 * Where each of a record's fields comes from. Own names go before aliases. Where a written field belongs to one field by its name and to another
 * by an alias, or to two by aliases, readers differ in which one gets it: that is told, and not decided.
 */
export function sourceOf(
  field: FieldType,
  reader: readonly FieldType[],
  writer: readonly FieldType[],
): FieldSource {
  const [written, another] = writer.filter(({ name }) => isCalled(field, name));
  if (written === undefined) return { is: field.fallback === null ? 'missing' : 'default' };
  const names = (those: readonly FieldType[]) => those.map(({ name }) => `"${name}"`).join(' and as ');
  if (another !== undefined)
    return { is: 'ambiguous', why: `"${field.name}" is written twice, as ${names([written, another])}` };
  const others = reader.filter((other) => other !== field && isCalled(other, written.name));
  if (others.length === 0) return { is: 'written', field: written };
  const all = [field, ...others].map(({ name }) => `"${name}"`).toSorted();
  return {
    is: 'ambiguous',
    why: `"${field.name}" is one of ${all.join(', ')} that "${written.name}" may be`,
  };
}

function isCalled({ name, aliases }: FieldType, other: string): boolean {
  return name === other || aliases.includes(other);
}

/**
 * Whether whatever was written with one type can be read with another, by Avro's rules of schema resolution (specification 1.12). Types of one
 * name are one, whatever their namespaces ("both schemas are records with the same (unqualified) name").
 */
export function resolves(reader: Type, writer: Type): boolean {
  return matches(reader, writer, new Map());
}

/** Pairs of records that are taken for granted while they are looked into: a record may hold itself. */
type Known = Map<Type, Map<Type, boolean>>;

function matches(reader: Type, writer: Type, known: Known): boolean {
  if (isUnion(writer)) return branchesOf(writer).every((branch) => matches(reader, branch, known));
  if (isUnion(reader)) return branchesOf(reader).some((branch) => matches(branch, writer, known));
  if (promotions[writer.typeName]?.includes(reader.typeName) === true) return true;
  if (reader.typeName !== writer.typeName) return false;
  switch (reader.typeName) {
    case 'array':
    case 'map':
      return matches(innerOf(reader) as Type, innerOf(writer) as Type, known);
    case 'fixed':
      return areNamedAlike(reader, writer) && sizeOf(reader) === sizeOf(writer);
    case 'enum':
      return areNamedAlike(reader, writer) && takesSymbols(reader, writer);
    case 'record':
      return areNamedAlike(reader, writer) && takesFields(reader, writer, known);
    default:
      return true;
  }
}

const promotions: Readonly<Partial<Record<string, readonly string[]>>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

function takesSymbols(reader: Type, writer: Type): boolean {
  const symbols = new Set(symbolsOf(reader));
  return enumDefaultOf(reader) !== undefined || symbolsOf(writer).every((symbol) => symbols.has(symbol));
}

function takesFields(reader: Type, writer: Type, known: Known): boolean {
  const before = known.get(reader)?.get(writer);
  if (before !== undefined) return before;
  const ofReader = known.get(reader) ?? new Map<Type, boolean>();
  known.set(reader, ofReader.set(writer, true));
  const [read, written] = [recordSchema(reader).fields, recordSchema(writer).fields];
  const taken = read.every((field) => {
    const source = sourceOf(field, read, written);
    return (
      source.is === 'default' || (source.is === 'written' && matches(field.type, source.field.type, known))
    );
  });
  ofReader.set(writer, taken);
  return taken;
}

function sizeOf(type: Type): number {
  return (type as unknown as { readonly size: number }).size;
}

/** Of records, enums and fixed: by the reader's name or one of its aliases. */
export function areNamedAlike(reader: Type, writer: Type): boolean {
  return [reader.name, ...(reader.aliases ?? [])].map(unqualified).includes(unqualified(writer.name));
}

function unqualified(name = ''): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
