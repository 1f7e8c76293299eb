import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../../src/config/load.ts';
import { nearestName } from '../../../src/config/nearest.ts';
import { type Config, configSchema } from '../../../src/config/schema.ts';
import { sections, settings } from '../../../src/config/settings.ts';
import { required } from './given.ts';

test('every setting and every section has a description, and every setting says what it expects', () => {
  for (const { path, description, type } of settings) {
    expect(description, path).toMatch(/^[A-Z].*\.$/s);
    expect(type, path).not.toBe('');
  }
  for (const { path, description } of sections) expect(description, path).toMatch(/^[A-Z].*\.$/s);
});

test('durations and sizes carry their unit in the name', () => {
  for (const { path, type } of settings) {
    if (type.includes('milliseconds')) expect(path).toMatch(/Ms$/);
    if (type.includes('bytes')) expect(path).toMatch(/Bytes(PerPrimary)?$/);
  }
});

test('no two settings share a name in any source', () => {
  for (const name of ['path', 'env', 'flag'] as const) {
    expect(new Set(settings.map((setting) => setting[name])).size).toBe(settings.length);
  }
});

test('the required settings are five, and a configuration of only them is accepted', () => {
  expect(settings.filter((setting) => setting.required).map(({ path }) => path)).toEqual(
    Object.keys(required),
  );
  expect(() => loadConfig({ flags: required })).not.toThrow();
});

test('the defaults in the list are the values of the effective configuration', () => {
  const config = loadConfig({ flags: required });
  for (const { path, default: value } of settings.filter((setting) => !setting.required)) {
    expect(
      path.split('.').reduce<unknown>((at, key) => Reflect.get(Object(at), key), config),
      path,
    ).toEqual(value);
  }
});

test('the schema has a JSON Schema that is closed at every level and requires what the file must have', () => {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  expect(schema).toMatchObject({
    type: 'object',
    additionalProperties: false,
    required: ['listen', 'credentials', 'kafka', 'registry'],
    properties: {
      listen: { additionalProperties: false, required: ['tls'] },
      limits: { properties: { inFlight: { additionalProperties: false } } },
      kafka: { properties: { maxInFlightRequests: { type: 'integer', default: 5, minimum: 1, maximum: 5 } } },
    },
  });
  expect(() => z.toJSONSchema(configSchema)).not.toThrow();
});

test('a configuration can not be changed, by its type', () => {
  expectTypeOf<Config['kafka']['brokers']>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<Config['session']['responsePayload']>().toEqualTypeOf<'array' | 'object' | 'none'>();
  expectTypeOf<Config['kafka']['maxMessageBytes']>().toEqualTypeOf<number | undefined>();
});

test('the nearest name ignores case and punctuation, and there is none when nothing is near', () => {
  const names = ['certFile', 'keyFile', 'port'];
  expect(nearestName('CERT-FILE', names)).toBe('certFile');
  expect(nearestName('keyfil', names)).toBe('keyFile');
  expect(nearestName('tokenDirectory', names)).toBeUndefined();
  expect(nearestName('lgo', ['listen', 'log'])).toBe('log');
  expect(nearestName('orpt', names)).toBe('port');
  expect(nearestName('e'.repeat(1_000_000), names)).toBeUndefined();
  expect(nearestName('', names)).toBeUndefined();
  expect(nearestName('x', [])).toBeUndefined();
});
