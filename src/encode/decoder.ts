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
 * @param context the schema context that the ids count in; without it the default one
 * @throws SecretFileError
 */
export function createDecoder(options: RegistryOptions, context?: string): Decode {
  const { url, fallbackUrls = [], requestTimeoutMs: timeoutMs } = options;
  const registries = [url, ...fallbackUrls].map((address) => ({
    address,
    library: libraryAt(address, options, context),
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

function libraryAt(
  url: string,
  { tls = {}, auth = { type: 'none' } }: RegistryOptions,
  context: string | undefined,
): SchemaRegistry {
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
            const request = await next();
            // Ids count in each context by themselves; without a subject the registry takes the default one.
            const isById = context !== undefined && request.params()['id'] !== undefined;
            const params = isById ? { subject: `:.${context}:` } : {};
            return request.enhance({ headers: authorization(auth), params });
          },
          async response(next, _renew, request) {
            return await next().catch((error: unknown) => {
              throw withoutEcho(error, secretsOf(request.header<string>('authorization')));
            });
          },
        }),
      ],
    },
    { [SchemaType.AVRO]: { typeHook: mapsOfAnyName } },
  );
}

/** The texts of a connection's own errors, for which the library makes an answer with the status 400 up. */
const ofConnection =
  /^(?:connect|getaddrinfo|read|write) E[A-Z_]+|^socket hang up$|certificate|\bTLS\b|\bSSL\b/;

/**
 * The library tells the whole of an answer that says no. Where it is no registry's own sentence it stays untold: what stands between may
 * repeat our request with its password, which a sentence in JSON may hold as well.
 */
function withoutEcho(error: unknown, secrets: readonly string[]): unknown {
  const { status, message = '' } = error as { readonly status?: unknown; readonly message?: string };
  if (typeof status !== 'number') return error;
  const [, text] = /- Error, status \d+: (.*)$/s.exec(message) ?? [];
  const isTold = text === undefined || (status === 400 && ofConnection.test(text));
  if (isTold && !secrets.some((secret) => message.includes(secret))) return error;
  return Object.assign(new Error(`nbwss-bridge - Error, status ${status} (no registry's error)`), { status });
}

/** What a header says only to the registry: the credentials, and the password in them. */
function secretsOf(header = ''): string[] {
  const [scheme, credentials = ''] = header.split(' ');
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(credentials, 'base64').toString()) ?? [];
  return [credentials, scheme === 'Basic' ? password : ''].filter((secret) => secret !== '');
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
  // What was written needs no defaults to be read, and `avsc` refuses some that registries take.
  const { fields: parts } = schema as { readonly fields?: unknown };
  if (Array.isArray(parts) && (parts as object[]).some((field) => 'default' in field)) {
    const bare = (parts as object[]).map((field) =>
      Object.fromEntries(Object.entries(field).filter(([name]) => name !== 'default')),
    );
    return avro.Type.forSchema({ ...(schema as object), fields: bare } as never, options);
  }
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
