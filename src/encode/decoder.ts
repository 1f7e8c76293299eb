import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { UnavailableError } from '../errors.ts';

/** Gives back the values of records in Confluent wire format, read with the schema that wrote them. */
export type Decode = (value: Buffer) => Promise<Record<string, unknown>>;

/** @param url the registry's; each schema is fetched once. @param timeoutMs for one value: the library itself waits for ever */
export function createDecoder(url: string, timeoutMs: number): Decode {
  const registry = new SchemaRegistry({ host: url.replace(/\/+$/, ''), clientId: 'nbwss-bridge' });
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
