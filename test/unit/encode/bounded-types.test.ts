import avro from 'avsc';
import { expect, test } from 'vitest';
import { readWithin } from '../../../src/encode/bounded-types.ts';

const zigZag = (count: number): Buffer => avro.Type.forSchema('long').toBuffer(count);
const bytes = (...parts: readonly (number | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? zigZag(part) : part)));
const record = (type: unknown): string =>
  JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'x', type }] });
const array = (items: unknown) => ({ type: 'array', items });
const empty = { type: 'record', name: 'Empty', fields: [] };

test.each<[string, unknown, Buffer]>([
  ['items that take no bytes', array('null'), bytes(1000, 0)],
  ['empty records', array(empty), bytes(1000, 0)],
  ['numbers that are not there', array('int'), bytes(1000, 2)],
  ['names of a map that are not there', { type: 'map', values: 'null' }, bytes(1000, 2)],
  ['a block that says its size', array('null'), bytes(-1000, 0, 0)],
  ['many small blocks', array('null'), bytes(...Array.from({ length: 20 }, () => 5), 0)],
  ['arrays in arrays', array(array('null')), bytes(3, 4, 0, 4, 0, 4, 0, 0)],
])('%s are refused before they are made', (_, type, value) => {
  expect(() => readWithin(record(type)).fromBuffer(value)).toThrow(
    `it has more items than its ${value.length} bytes can hold`,
  );
});

test.each<[string, unknown, Buffer]>([
  ['a text', 'string', bytes(1000)],
  ['bytes', 'bytes', bytes(1000)],
  ['a text of a negative length', 'string', bytes(-1000)],
  ['a fixed value', { type: 'fixed', name: 'F', size: 1000 }, bytes(1)],
])('%s beyond the end is an error', (_, type, value) => {
  expect(() => readWithin(record(type)).fromBuffer(value)).toThrow(/truncated buffer/);
});

test('nesting without end is an error', () => {
  const schema = JSON.stringify({
    type: 'record',
    name: 'List',
    fields: [{ name: 'next', type: ['null', 'List'] }],
  });
  expect(() => readWithin(schema).fromBuffer(Buffer.alloc(1_000_000, 2))).toThrow(RangeError);
});

test.each<[string, unknown, unknown]>([
  ['arrays', array(array('string')), [['a', ''], [], ['b']]],
  ['maps', { type: 'map', values: array('long') }, { a: [1, 2], b: [] }],
  [
    'records in arrays',
    array({ type: 'record', name: 'P', fields: [{ name: 'v', type: 'int' }] }),
    [{ v: 1 }],
  ],
])('%s in good order are read as they were written', (_, type, x) => {
  const written = avro.Type.forSchema(JSON.parse(record(type)) as avro.Schema).toBuffer({ x });
  expect(JSON.stringify(readWithin(record(type)).fromBuffer(written))).toBe(JSON.stringify({ x }));
});

test('blocks that say their size are read', () => {
  expect(readWithin(record(array('int'))).fromBuffer(bytes(-2, 2, 1, 2, 1, 3, 0))).toMatchObject({
    x: [1, 2, 3],
  });
});
