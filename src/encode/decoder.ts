import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { Type } from 'avsc';
import { BridgeError, ExitCode, reasonOf } from '../errors.ts';
import { readWithin } from './bounded-types.ts';
import { resolveReferences } from './references.ts';
import { bodyOf, isMissingId, referencesOf, unexpected } from './registry-answer.ts';
import { createRegistryCall, type RegistryCall, type RegistryOptions } from './registry-call.ts';

/**
 * Gives back the values of records in Confluent wire format, read with the schema that wrote them.
 * @throws UndecodableError for what the record or its schema is to blame for; BridgeError when the registry can't be asked
 */
export type Decode = (value: Buffer) => Promise<Record<string, unknown>>;

/** No attempt and no other address reads this record. */
export class UndecodableError extends BridgeError {
  override readonly name = 'UndecodableError';
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'undecodable', exitCode: ExitCode.data, cause });
  }
}

/** Why the records can't be read any further, from this one on. @param place where the record is @param url the registry's */
export function decodeFailure(place: string, url: string, error: unknown): BridgeError {
  const message = `can't decode ${place} with the schema registry at ${url}: ${reasonOf(error)}`;
  const exitCode = error instanceof BridgeError ? error.exitCode : ExitCode.internal;
  return new BridgeError(message, { code: 'decode', retryable: true, exitCode, cause: error });
}

/** Schemas that are kept: a topic has a handful, and a sender may name any id that the registry knows. */
const maxSchemas = 200;

/** A zero, and four bytes of the schema's id. */
const headerBytes = 5;

/**
 * Fetches each schema once, by calls that are bounded in time and size, from the first of the registry's addresses that has it. The library
 * reads the wire format and keeps the schemas; it asks nobody itself (docs/adr/0001-registry-calls.md).
 * @param context the schema context that the ids count in; without it the default one
 */
export function createDecoder(options: RegistryOptions, context?: string): Decode {
  const { url, fallbackUrls = [], ...more } = options;
  const addresses = [url, ...fallbackUrls];
  const calls = addresses.map((address) =>
    createRegistryCall({ ...more, url: address }, addresses.length > 1 ? 1 : undefined),
  );
  const library = new SchemaRegistry({ host: url, clientId: 'nbwss-bridge' });
  /** By their ids, in the order in which they were asked for. */
  const types = new Map<number, Promise<Type>>();
  /** The address that answered last is asked first. */
  let first = 0;

  async function fetchType(id: number): Promise<Type> {
    const begin = first;
    for (let attempt = 0; ; attempt++) {
      const at = (begin + attempt) % calls.length;
      try {
        const type = await typeOf(calls[at] as RegistryCall, id, context);
        first = at;
        return type;
      } catch (error) {
        if (attempt + 1 >= calls.length) throw error;
      }
    }
  }

  async function typeFor(id: number): Promise<Type> {
    const known = types.get(id);
    if (known !== undefined) return await known;
    const [oldest] = types.keys();
    if (oldest !== undefined && types.size >= maxSchemas) types.delete(oldest);
    const asked = fetchType(id);
    types.set(id, asked);
    // What could not be had now may be had later.
    asked.catch(() => types.delete(id));
    return await asked;
  }

  return async (value) => {
    if (value.length < headerBytes || value[0] !== 0)
      throw new UndecodableError("it doesn't begin with a zero and a schema id, as records of a registry do");
    const id = value.readInt32BE(1);
    const type = await typeFor(id);
    // The library keeps without a bound what it is given: here it has the schema of this record alone.
    library.cache.clear();
    library.cache.setSchema(id, SchemaType.AVRO, type);
    return await library.decode(value).catch((error: unknown) => {
      throw new UndecodableError(`its bytes are not what the schema ${id} says: ${reasonOf(error)}`, error);
    });
  };
}

/** The schema of this id, from one address. */
async function typeOf(call: RegistryCall, id: number, context: string | undefined): Promise<Type> {
  // Ids count in each context by themselves; without a subject the registry takes the default one.
  const within = context === undefined ? '' : `:.${context}:`;
  const query = within === '' ? '' : `?subject=${encodeURIComponent(within)}`;
  const answer = await call('GET', `/schemas/ids/${id}${query}`);
  if (isMissingId(answer))
    throw new UndecodableError(`the schema registry has no schema with the id ${id}, which it names`);
  const { schema, schemaType = 'AVRO' } = bodyOf(answer);
  if (answer.status !== 200 || typeof schema !== 'string')
    throw unexpected(`the schema with the id ${id}`, answer);
  if (schemaType !== 'AVRO')
    throw new UndecodableError(
      `the schema with the id ${id} is not Avro, but ${String(schemaType).slice(0, 100)}`,
    );
  const references = await resolveReferences(call, within, referencesOf(answer));
  try {
    return readWithin(schema, references);
  } catch (error) {
    throw new UndecodableError(`the schema with the id ${id} can't be used: ${reasonOf(error)}`, error);
  }
}
