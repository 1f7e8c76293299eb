import { expect, test } from 'vitest';
import { whatBreaks } from '../../../src/encode/compatibility.ts';
import { readSchema } from '../../../src/encode/field-type.ts';

/** A record with an enum and a record in it, all in this namespace. */
function typeOf(namespace: string, name = 'A', kind = 'int') {
  const site = { type: 'enum', name: 'Site', symbols: ['N'] };
  const part = { type: 'record', name: 'Part', fields: [{ name: 'x', type: kind }] };
  const fields = [
    { name: 'site', type: site },
    { name: 'part', type: ['null', part] },
  ];
  return readSchema(JSON.stringify({ type: 'record', name, namespace, fields })).type;
}

test('types of one name are one, whatever their namespaces', () => {
  expect(whatBreaks(typeOf('a'), typeOf('b.c'))).toEqual([]);
});

test('what breaks within records of other namespaces is told by the field', () => {
  expect(whatBreaks(typeOf('a'), typeOf('b.c', 'A', 'string'))).toEqual([
    `in "part": "x" is written as string, and can't be read as int`,
  ]);
});

test('types of other names are others, in one namespace too', () => {
  expect(whatBreaks(typeOf('a', 'A'), typeOf('a', 'B'))).toEqual(["record a.B can't be read as record a.A"]);
});
