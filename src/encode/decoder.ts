import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import avro, { type Type } from 'avsc';
import { UnavailableError } from '../errors.ts';
import { readTlsFiles } from '../outbound/tls.ts';
import { authorization, type RegistryOptions } from './registry-call.ts';

/** Gives back the values of records in Confluent wire format, read with the schema that wrote them. */
export type Decode = (value: Buffer) => Promise<Record<string, unknown>>;

/**
 * Fetches each schema once, from the first of the registry's addresses that has it. The registry's bound is for one value at one
 * address: the library itself waits for ever.
 * @throws SecretFileError
 */
export function createDecoder(options: RegistryOptions): Decode {
  const { url, fallbackUrls = [], requestTimeoutMs: timeoutMs } = options;
  const registries = [url, ...fallbackUrls].map((address) => ({
    address,
    library: libraryAt(address, options),
  }));
  /** The address that answered last is asked first. */
  let first = 0;
  return async (value) => {
    const begin = first;
    for (let attempt = 0; ; attempt++) {
      const at = (begin + attempt) % registries.length;
      const { address, library } = registries[at] as (typeof registries)[number];
      try {
        const decoded = (await within(timeoutMs, address, library.decode(value))) as Record<string, unknown>;
        first = at;
        return decoded;
      } catch (error) {
        if (attempt + 1 >= registries.length) throw error;
      }
    }
  };
}

function libraryAt(url: string, { tls = {}, auth = { type: 'none' } }: RegistryOptions): SchemaRegistry {
  return new SchemaRegistry(
    {
      host: url.replace(/\/+$/, ''),
      clientId: 'nbwss-bridge',
      agent: url.startsWith('https:')
        ? new HttpsAgent(readTlsFiles({ ...tls, setting: 'registry.tls' }))
        : new HttpAgent(),
      middlewares: [
        () => ({
          async prepareRequest(next) {
            return (await next()).enhance({ headers: authorization(auth) });
          },
        }),
      ],
    },
    { [SchemaType.AVRO]: { typeHook: mapsOfAnyName } },
  );
}

async function within<T>(timeoutMs: number, url: string, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const message = `the schema registry at ${url} didn't answer in ${timeoutMs} ms`;
  const timer = setTimeout(() => reject(new UnavailableError(message, 'registry-unreachable')), timeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

type TypeHook = avro.ForSchemaOptions['typeHook'];

/**
 * Maps without a prototype: `avsc` reads them into plain objects, where the name "__proto__" is lost. Avro writes a map as it writes a
 * list of records of a name and a value, and so it is read as one.
 */
const mapsOfAnyName: TypeHook = (schema, options) => {
  if (typeof schema !== 'object' || !('type' in schema) || schema.type !== 'map') return undefined;
  const type = new avro.types.MapType(schema, options);
  const fields = [
    { name: 'name', type: 'string' },
    { name: 'value', type: type.valuesType },
  ];
  const list = avro.Type.forSchema({ type: 'array', items: { type: 'record', fields } } as never) as Reads;
  const read = (tap: unknown) => {
    const map = Object.create(null) as Record<string, unknown>;
    for (const { name, value } of list[typesRead](tap)) map[name] = value;
    return map;
  };
  // A type itself is frozen.
  return Object.create(type, { [typesRead]: { value: read } }) as Type;
};

/** What the types around one call to have a value read. */
const typesRead = '_read';

interface Reads extends Type {
  [typesRead](tap: unknown): readonly { readonly name: string; readonly value: unknown }[];
}
