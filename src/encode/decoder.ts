import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';

/** Gives back the values of records in Confluent wire format, read with the schema that wrote them. */
export type Decode = (value: Buffer) => Promise<Record<string, unknown>>;

/** @param url the registry's; each schema is fetched once */
export function createDecoder(url: string): Decode {
  const registry = new SchemaRegistry({ host: url.replace(/\/+$/, ''), clientId: 'nbwss-bridge' });
  return async (value) => (await registry.decode(value)) as Record<string, unknown>;
}
