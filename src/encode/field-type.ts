import { BridgeError, ExitCode } from '../errors.ts';

/** The Avro types that a field may have here. A value of each is what `avsc` takes for it. */
export type Kind =
  | 'string'
  | 'bytes'
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'timestamp-millis'
  | 'map of string'
  | 'array of string';

export interface FieldType {
  readonly name: string;
  readonly kind: Kind;
  readonly nullable: boolean;
  /** Undefined where the schema gives none. */
  readonly default: unknown;
}

/** The registry's schema can't be written with (exit 78). Says which field and why. */
export class SchemaError extends BridgeError {
  override readonly name = 'SchemaError';
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'schema', exitCode: ExitCode.config, cause });
  }
}

const primitives: ReadonlySet<unknown> = new Set([
  'string',
  'bytes',
  'boolean',
  'int',
  'long',
  'float',
  'double',
]);

/**
 * The fields of an Avro record schema, in order.
 * @param schema the schema's JSON text
 * @throws SchemaError for what isn't a record, or has a field of a type that isn't supported
 */
export function readFieldTypes(schema: string): FieldType[] {
  const parsed = JSON.parse(schema) as { type?: unknown; fields?: unknown };
  if (parsed.type !== 'record' || !Array.isArray(parsed.fields))
    throw new SchemaError('the schema is not a record');
  return (parsed.fields as { name: string; type: unknown; default?: unknown }[]).map((field) => {
    const branches = Array.isArray(field.type) ? (field.type as unknown[]) : [field.type];
    const values = branches.filter((branch) => branch !== 'null');
    const kind = values.length === 1 ? kindOf(values[0]) : undefined;
    if (kind === undefined) {
      throw new SchemaError(
        `field "${field.name}" has the type ${JSON.stringify(field.type)}, which is not supported: ` +
          'use a primitive, timestamp-millis, a map or array of string, or a union of one of these with null',
      );
    }
    return { name: field.name, kind, nullable: values.length < branches.length, default: field.default };
  });
}

function kindOf(type: unknown): Kind | undefined {
  if (primitives.has(type)) return type as Kind;
  if (typeof type !== 'object' || type === null) return undefined;
  const complex = type as { type?: unknown; logicalType?: unknown; values?: unknown; items?: unknown };
  if (complex.logicalType !== undefined) {
    return complex.type === 'long' && complex.logicalType === 'timestamp-millis'
      ? 'timestamp-millis'
      : undefined;
  }
  if (complex.type === 'map') return kindOf(complex.values) === 'string' ? 'map of string' : undefined;
  if (complex.type === 'array') return kindOf(complex.items) === 'string' ? 'array of string' : undefined;
  return primitives.has(complex.type) ? (complex.type as Kind) : undefined;
}
