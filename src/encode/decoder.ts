import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { UnavailableError } from '../errors.ts';
import { readTlsFiles } from '../outbound/tls.ts';
import { authorization, type RegistryOptions } from './registry-call.ts';

/** Gives back the values of records in Confluent wire format, read with the schema that wrote them. */
export type Decode = (value: Buffer) => Promise<Record<string, unknown>>;

/**
 * Fetches each schema once. The registry's bound is for one value: the library itself waits for ever.
 * @throws SecretFileError
 */
export function createDecoder(options: RegistryOptions): Decode {
  const { url, requestTimeoutMs: timeoutMs, tls = {}, auth = { type: 'none' } } = options;
  const registry = new SchemaRegistry({
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
  });
  return async (value) => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () =>
        reject(
          new UnavailableError(
            `the schema registry at ${url} didn't answer in ${timeoutMs} ms`,
            'registry-unreachable',
          ),
        ),
      timeoutMs,
    );
    try {
      return (await Promise.race([registry.decode(value), late])) as Record<string, unknown>;
    } finally {
      clearTimeout(timer);
    }
  };
}
