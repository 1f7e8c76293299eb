import type { Random } from '../../src/simulator/random.ts';
import { below, oneOf } from '../fuzz/choose.ts';
import type { AvroType } from '../schemas/versions.ts';
import { makeDefault } from './make-default.ts';

type Definition = Readonly<Record<string, unknown>>;

const maxDepth = 3;
const millis = { type: 'long', logicalType: 'timestamp-millis' };
const micros = { type: 'long', logicalType: 'timestamp-micros' };
const leaves: readonly AvroType[] = ['string', 'boolean', 'int', 'long', 'float', 'double', millis, micros];
const partNames = ['x', 'y', 'constructor', 'toString', 'kb', 'next'] as const;
const symbols = ['BACKUP', 'DONE', 'A', 'B', 'N', 'constructor_', 'X1'] as const;

/** Makes types that values on the wire can fill; each named type is defined once in a schema, and named again sometimes. */
export function createTypes(
  random: Random,
  top: { readonly name: string; readonly namespace: string },
): (depth: number) => AvroType {
  let count = 0;
  /** Complete ones, by their full names. */
  const defined: { readonly full: string; readonly definition: Definition }[] = [];
  /** Records that are being defined, by their full names: a type may hold them, where it can also hold none. */
  const around: string[] = [];

  return typeOf;

  function typeOf(depth: number): AvroType {
    const choice = below(random, depth >= maxDepth ? 6 : 14);
    if (choice < 5) return oneOf(random, leaves);
    if (choice < 6) return named(depth);
    if (choice < 9) return unionOf(depth);
    if (choice < 10) return { type: 'array', items: typeOf(depth + 1) };
    if (choice < 11) return { type: 'map', values: typeOf(depth + 1) };
    return record(depth);
  }

  /** A named type again, or a new enum. */
  function named(depth: number): AvroType {
    if (defined.length > 0 && below(random, 2) === 0) return oneOf(random, defined).full;
    return depth >= 0 ? enumeration() : 'string';
  }

  function place(prefix: string): {
    readonly name: string;
    readonly namespace: string;
    readonly full: string;
  } {
    const name = oneOf(random, [`${prefix}${++count}`, `toString${++count}`, `${prefix}_${++count}`]);
    const namespace = oneOf(random, [top.namespace, top.namespace, 'x', 'x.y']);
    return { name, namespace, full: `${namespace}.${name}` };
  }

  function enumeration(): AvroType {
    const { full, ...name } = place('E');
    const some = new Set([oneOf(random, symbols), oneOf(random, symbols), oneOf(random, symbols)]);
    const definition: Definition = { type: 'enum', ...name, symbols: [...some] };
    defined.push({ full, definition });
    return definition;
  }

  function record(depth: number): AvroType {
    const { full, ...name } = place('R');
    around.push(full);
    const names = new Set(Array.from({ length: 1 + below(random, 3) }, () => oneOf(random, partNames)));
    const fields = [...names].map((part) => {
      const type = part === 'next' ? again() : typeOf(depth + 1);
      const aliases =
        below(random, 3) === 0
          ? { aliases: [oneOf(random, partNames)].filter((alias) => alias !== part) }
          : {};
      const fallback = below(random, 2) === 0 ? makeDefault(random, type) : undefined;
      return { name: part, type, ...aliases, ...(fallback === undefined ? {} : { default: fallback }) };
    });
    around.pop();
    const definition: Definition = { type: 'record', ...name, fields };
    defined.push({ full, definition });
    return definition;
  }

  /** A record around this place once more. */
  function again(): AvroType {
    const full = oneOf(random, around);
    return oneOf<AvroType>(random, [
      ['null', full],
      [full, 'null'],
      { type: 'array', items: full },
      { type: 'map', values: full },
    ]);
  }

  function unionOf(depth: number): AvroType {
    const branches = new Map<string, AvroType>();
    if (below(random, 3) > 0) branches.set(branchName('null'), 'null');
    for (let more = 1 + below(random, 3); more > 0; more--) {
      const branch = depth >= maxDepth ? oneOf(random, leaves) : typeOf(depth + 1);
      if (!Array.isArray(branch))
        branches.set(branchName(branch), branches.get(branchName(branch)) ?? branch);
    }
    const list = [...branches.values()];
    return list.length === 0 ? ['null', 'string'] : below(random, 2) === 0 ? list.toReversed() : list;
  }
}

/** What two branches of a union must not share. */
function branchName(type: AvroType): string {
  if (typeof type === 'string') return type;
  const { type: kind, name, namespace } = type as Readonly<Record<string, string>>;
  return name === undefined ? `${kind}` : `${namespace}.${name}`;
}
