import type { Config } from './config/schema.ts';

/** Where it is, and the setting that says so. */
export function kafkaAt({ brokers }: Pick<Config['kafka'], 'brokers'>): string {
  return `Kafka at ${brokers.join(', ')} (kafka.brokers)`;
}

export function registryAt({ url, fallbackUrls }: Pick<Config['registry'], 'url' | 'fallbackUrls'>): string {
  const others = fallbackUrls.length === 0 ? '' : ', registry.fallbackUrls';
  return `the schema registry at ${[url, ...fallbackUrls].join(', ')} (registry.url${others})`;
}
