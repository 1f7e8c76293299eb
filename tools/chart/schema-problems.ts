/** Holds a value against the part of OpenAPI's schemas that Kubernetes and its CRDs use. Rules in CEL are the API server's alone. */
import { isTree } from './tree.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly nullable?: boolean;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

type Definition = (name: string) => Schema | undefined;

/** @returns sentences like "spec.ports.0.port: expected integer" */
export function problemsOf(value: unknown, schema: Schema, definition: Definition, path = ''): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/definitions/', '');
    const target = definition(name);
    if (target === undefined) return [`${path}: the type ${name} is not there`];
    if (name.endsWith('.Quantity') && typeof value === 'number') return [];
    return problemsOf(value, target, definition, path);
  }
  if (value === null && schema.nullable === true) return [];
  if (isIntOrString(schema)) {
    const isEither = Number.isSafeInteger(value) || typeof value === 'string';
    return isEither ? [] : [`${path}: expected integer or string`];
  }
  if (!isOfType(value, schema)) return [`${path}: expected ${schema.type}, is ${JSON.stringify(value)}`];
  if (Array.isArray(value)) {
    const { items, minItems = 0, maxItems = Infinity } = schema;
    const length =
      value.length < minItems || value.length > maxItems ? [`${path}: has ${value.length} items`] : [];
    return [...length, ...value.flatMap((item, index) => inner(item, items, join(path, index)))];
  }
  if (isTree(value)) return problemsOfMapping(value);
  return problemsOfScalar(value, schema).map((problem) => `${path}: ${problem}`);

  function inner(each: unknown, type: Schema | undefined, at: string): string[] {
    return type === undefined ? [] : problemsOf(each, type, definition, at);
  }

  function problemsOfMapping(mapping: Readonly<Record<string, unknown>>): string[] {
    const { properties = {}, required = [], additionalProperties } = schema;
    const missing = required
      .filter((name) => !(name in mapping))
      .map((name) => `${join(path, name)}: is missing`);
    const isOpen =
      schema['x-kubernetes-preserve-unknown-fields'] === true ||
      additionalProperties === true ||
      (schema.properties === undefined && additionalProperties === undefined);
    const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
    const wrong = Object.entries(mapping).flatMap(([name, each]) => {
      const type = properties[name] ?? others;
      if (type === undefined) return isOpen ? [] : [`${join(path, name)}: no such field`];
      return inner(each, type, join(path, name));
    });
    return [...missing, ...wrong];
  }
}

function problemsOfScalar(value: unknown, schema: Schema): string[] {
  const problems: string[] = [];
  if (schema.enum !== undefined && !schema.enum.includes(value))
    problems.push(`expected one of ${schema.enum.join(', ')}`);
  if (typeof value === 'string') {
    const { pattern, minLength = 0, maxLength = Infinity } = schema;
    if (value.length < minLength || value.length > maxLength) problems.push(`has ${value.length} characters`);
    if (pattern !== undefined && !new RegExp(pattern).test(value))
      problems.push(`${value} does not match ${pattern}`);
  }
  if (typeof value === 'number') {
    const { minimum = -Infinity, maximum = Infinity } = schema;
    if (value < minimum || value > maximum) problems.push(`${value} is not from ${minimum} to ${maximum}`);
  }
  return problems;
}

function isIntOrString(schema: Schema): boolean {
  return schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true;
}

function isOfType(value: unknown, { type }: Schema): boolean {
  if (type === undefined) return true;
  if (type === 'object') return isTree(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isSafeInteger(value);
  return typeof value === type;
}

function join(path: string, name: string | number): string {
  return path === '' ? String(name) : `${path}.${name}`;
}
