import type { Type } from 'avsc';
import {
  branchesOf,
  defaultsOf,
  innerOf,
  isUnion,
  kindOf,
  recordPartsOf,
  type SchemaJson,
  symbolsOf,
} from './avro-types.ts';
import { isLong } from './value.ts';

/** A schema's default that can't be written as it stands. */
export class DefaultError extends Error {}

/** A record's default may take the defaults of its fields, and so on. */
const maxDepth = 32;

/**
 * The value that `avsc` writes for a default, by Avro's rules (specification 1.12, "default": bytes are text of U+0000 to U+00FF, a union
 * takes the first of its branches that the default fits).
 * @param depth how many defaults hold this one
 * @throws DefaultError for what doesn't fit the type, or can't be written without a change
 */
export function defaultValue(type: Type, json: SchemaJson, depth = 0): unknown {
  if (isUnion(type)) return ofUnion(type, json, depth);
  const inner = innerOf(type);
  switch (type.typeName) {
    case 'record':
    case 'error':
      return ofRecord(type, json, depth);
    case 'array':
      if (!Array.isArray(json)) throw misfit(type, json);
      return json.map((item: SchemaJson) => defaultValue(inner as Type, item, depth));
    case 'map':
      return ofMap(type, inner as Type, json, depth);
    default:
      return ofLeaf(type, json);
  }
}

function ofLeaf(type: Type, json: SchemaJson): unknown {
  const value = leafValue(type, json);
  if (value === undefined) throw misfit(type, json);
  return value;
}

/** Undefined where it doesn't fit. */
function leafValue(type: Type, json: SchemaJson): unknown {
  switch (type.typeName) {
    case 'null':
      return json === null ? null : undefined;
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined;
    case 'int':
      return Number.isInteger(json) && json === ((json as number) | 0) ? json : undefined;
    case 'long':
      return isLong(json) ? json : undefined;
    case 'float':
      return Number.isFinite(json) ? Math.fround(json as number) : undefined;
    case 'double':
      return Number.isFinite(json) ? json : undefined;
    case 'string':
      return typeof json === 'string' ? json.toWellFormed() : undefined;
    case 'enum':
      return typeof json === 'string' && symbolsOf(type).includes(json) ? json : undefined;
    case 'bytes':
      return bytesOf(json);
    case 'fixed': {
      const bytes = bytesOf(json);
      return bytes?.length === (type as unknown as { size: number }).size ? bytes : undefined;
    }
    default:
      return undefined;
  }
}

function bytesOf(json: SchemaJson): Buffer | undefined {
  if (typeof json !== 'string') return undefined;
  const bytes = Buffer.from(json, 'latin1');
  return bytes.toString('latin1') === json ? bytes : undefined;
}

function ofUnion(type: Type, json: SchemaJson, depth: number): unknown {
  const faults: string[] = [];
  for (const branch of branchesOf(type)) {
    try {
      const value = defaultValue(branch, json, depth);
      const isWrapped = type.typeName === 'union:wrapped' && branch.typeName !== 'null';
      return isWrapped ? { [String(branch.branchName)]: value } : value;
    } catch (error) {
      if (!(error instanceof DefaultError)) throw error;
      faults.push(error.message);
    }
  }
  throw faults.length === 1 ? new DefaultError(faults[0]) : misfit(type, json);
}

function ofMap(type: Type, inner: Type, json: SchemaJson, depth: number): unknown {
  const map = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(asObject(type, json)))
    map[name.toWellFormed()] = defaultValue(inner, value, depth);
  return map;
}

/** A field that the default leaves out takes its own. */
function ofRecord(type: Type, json: SchemaJson, depth: number): unknown {
  const object = asObject(type, json);
  if (depth > maxDepth) throw new DefaultError(`${kindOf(type)} holds itself without an end`);
  const { fields, recordConstructor: Record } = recordPartsOf(type);
  const own = defaultsOf(type);
  const values = fields.map(({ name, type: inner }) => {
    if (Object.hasOwn(object, name)) return defaultValue(inner, object[name], depth);
    if (!own.has(name)) throw new DefaultError(`${show(json)} has no "${name}" of ${kindOf(type)}`);
    return defaultValue(inner, own.get(name), depth + 1);
  });
  return new Record(...values);
}

function asObject(type: Type, json: SchemaJson): Readonly<Record<string, SchemaJson>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw misfit(type, json);
  return json as Readonly<Record<string, SchemaJson>>;
}

function misfit(type: Type, json: SchemaJson): DefaultError {
  const kinds = branchesOf(type).map(kindOf).join(' or ');
  return new DefaultError(`${show(json)} is no ${kinds} that can be written`);
}

function show(json: SchemaJson): string {
  return JSON.stringify(json).slice(0, 60);
}
