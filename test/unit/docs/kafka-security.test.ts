/** What docs/kafka-security.md tells a user to type is a configuration that the bridge takes. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../../src/config/load.ts';
import { yamlFile } from '../config/given.ts';

const page = readFileSync(new URL('../../../docs/kafka-security.md', import.meta.url), 'utf8');

interface Block {
  /** "Amazon MSK 1" */
  readonly name: string;
  readonly yaml: string;
  /** Of a service: it has to be whole, but for what has nothing to do with the service. */
  readonly isService: boolean;
}

const blocks = page.split(/^(?=##+ )/m).flatMap((section): Block[] => {
  const [, level = '', title = ''] = /^(##+) (.*)$/m.exec(section) ?? [];
  return [...section.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = ''], index) => ({
    name: `${title} ${index + 1}`,
    yaml,
    isService: level === '###',
  }));
});

/** What belongs to another page. */
const others = {
  listen: { tls: { certFile: 'tls.crt', keyFile: 'tls.key' } },
  credentials: { tokenDirectory: 'tokens' },
};
const kafka = { brokers: ['kafka-0.example.com:9093'], tls: { enabled: true } };
const registry = { url: 'https://registry.example.com' };

async function load(document: object) {
  await using file = await yamlFile(stringify(document));
  return loadConfig({ file: file.path });
}

test('every service has its settings', () => {
  const services = blocks.filter(({ isService }) => isService).map(({ name }) => name.replace(/ \d$/, ''));
  expect(new Set(services)).toEqual(
    new Set([
      'Confluent Cloud',
      'Amazon MSK',
      'Azure Event Hubs',
      'Google Cloud Managed Service for Apache Kafka',
      'Aiven',
      'Redpanda',
    ]),
  );
});

test.each(blocks)('the settings of $name are taken as they stand', async ({ yaml, isService }) => {
  const given = parse(yaml) as { readonly kafka?: object; readonly registry?: object };
  const config = isService
    ? { ...others, registry, ...given }
    : { ...others, ...given, kafka: { ...kafka, ...given.kafka }, registry: given.registry ?? registry };
  const loaded = await load(config);
  // Where a block names Kafka, it says how the bridge is known there.
  if (isService)
    expect([loaded.kafka.sasl.mechanism, loaded.kafka.tls.certFile]).not.toEqual(['none', undefined]);
  if (given.registry !== undefined) expect(loaded.registry.url).toMatch(/^https:/);
});

test('for Azure Event Hubs every block keeps below the size at which it cuts a request', async () => {
  const azure = blocks.filter(({ name }) => name.startsWith('Azure'));
  expect(azure).toHaveLength(3);
  for (const { yaml } of azure)
    expect((await load({ ...others, registry, ...parse(yaml) })).kafka.maxRequestBytes).toBe(1_046_528);
});

test('every link of the page leads to one of its headings, or to a file', () => {
  const headings = new Set(
    [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-')),
  );
  for (const [, target = ''] of page.matchAll(/\]\(#([^)]*)\)/g)) expect(headings).toContain(target);
});
