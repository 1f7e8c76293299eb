/** A schema's default as Avro 1.12 has it: of a union the first branch that it fits. */
import type { Resolved } from './resolved.ts';
import { doubleTree, floatTree, mapTree, type Tree } from './tree.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Null where it doesn't fit. */
export function defaultTree(type: Resolved, json: unknown): Tree | null {
  switch (type.kind) {
    case 'null':
      return json === null ? ['null'] : null;
    case 'boolean':
      return typeof json === 'boolean' ? ['boolean', json] : null;
    case 'int':
      return Number.isInteger(json) && (json as number) >= -(2 ** 31) && (json as number) < 2 ** 31
        ? ['int', integerText(json)]
        : null;
    case 'long':
    case 'time':
      // Beyond these the bridge writes no long: a union's next branch takes it, as it takes such a value.
      return Number.isInteger(json) && (json as number) >= -(2 ** 52) && (json as number) <= 2 ** 53 - 2
        ? ['long', integerText(json)]
        : null;
    case 'float':
      return typeof json === 'number' ? floatTree(json) : null;
    case 'double':
      return typeof json === 'number' ? doubleTree(json) : null;
    case 'string':
      return typeof json === 'string' ? ['string', json] : null;
    case 'enum':
      return typeof json === 'string' && type.symbols.includes(json) ? ['enum', json] : null;
    case 'array':
      return Array.isArray(json)
        ? all(
            json.map((item: unknown) => defaultTree(type.inner, item)),
            (trees) => ['array', trees],
          )
        : null;
    case 'map':
      return isObject(json) ? ofMap(type.inner, json) : null;
    case 'record':
      return isObject(json) ? ofRecord(type, json) : null;
    case 'union':
      for (const branch of type.branches) {
        const tree = defaultTree(branch, json);
        if (tree !== null) return tree;
      }
      return null;
  }
}

function integerText(json: unknown): string {
  return String(BigInt(json as number));
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function all(parts: readonly (Tree | null)[], whole: (trees: readonly Tree[]) => Tree): Tree | null {
  const trees = parts.filter((part) => part !== null);
  return trees.length === parts.length ? whole(trees) : null;
}

function ofMap(inner: Resolved, json: JsonObject): Tree | null {
  const names = Object.keys(json);
  return all(
    names.map((name) => defaultTree(inner, json[name])),
    (trees) => mapTree(trees.map((tree, at) => [names[at] ?? '', tree] as const)),
  );
}

/** A field that the default leaves out takes its own. */
function ofRecord({ name, fields }: Extract<Resolved, { kind: 'record' }>, json: JsonObject): Tree | null {
  return all(
    fields.map((field) => {
      if (Object.hasOwn(json, field.name)) return defaultTree(field.type, json[field.name]);
      return field.fallback === undefined ? null : defaultTree(field.type, field.fallback.json);
    }),
    (trees) => ['record', name, trees.map((tree, at) => [fields[at]?.name ?? '', tree] as const)],
  );
}
