import type { Type } from 'avsc';
import { branchesOf, innerOf, kindOf, symbolsOf } from './avro-types.ts';

/** A type in words, null last: `int or null`, `array of (string or null)`, `enum Site (N, E)`, `fixed Id (16 bytes)`. */
export function typeInWords(type: Type): string {
  const branches = branchesOf(type);
  const values = branches.filter(({ typeName }) => typeName !== 'null').map(branchInWords);
  return [...values, ...(values.length < branches.length ? ['null'] : [])].join(' or ');
}

function branchInWords(type: Type): string {
  const inner = innerOf(type);
  if (inner !== null) {
    const words = typeInWords(inner);
    return `${type.typeName} of ${branchesOf(inner).length > 1 ? `(${words})` : words}`;
  }
  if (type.typeName === 'enum') return `${kindOf(type)} (${symbolsOf(type).join(', ')})`;
  const { size } = type as unknown as { readonly size?: number };
  return type.typeName === 'fixed' ? `${kindOf(type)} (${size} bytes)` : kindOf(type);
}
