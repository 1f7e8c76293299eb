import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isInexactNumber } from '../../../src/protocol/exact.ts';
import { meaningOf, numberText } from '../../helpers/json-text.ts';
import { jobsText, receive } from '../../helpers/messages.ts';

/** What the codec makes of a number, given as JSON text in an entry. */
function decoded(number: string, before = '', after = ''): unknown {
  const message = receive(jobsText(`{"n":${before}${number}${after}}`));
  if (message.kind !== 'notification') throw new Error(`${number} made it ${message.kind}`);
  const [first] = message.notifications;
  return first?.kind === 'readable' ? (first.data[0] as { n: unknown }).n : undefined;
}

test.each([
  ['2^53+1', '9007199254740993'],
  ['-(2^53+1)', '-9007199254740993'],
  ['2^64 - 1', '18446744073709551615'],
  ['2^60, which a double holds, and JavaScript writes as another number', '1152921504606846976'],
  ['beyond the largest double', '1e400'],
  ['beyond the smallest double', '1e-400'],
  ['a subnormal', '4.9406564584124654e-324'],
  ['19 digits after the point', '0.1234567890123456789'],
  ['18 digits with a point in between', '123456789.123456789'],
  ['with a plus sign in the exponent', '1E+400'],
  ['with leading zeros in the exponent', '1e00400'],
  ['an exponent after many digits', '1.00000000000000001e2'],
  ['one digit far behind', `1.${'0'.repeat(400)}1`],
])('a number that a double does not hold is kept as its text: %s', (_, number) => {
  for (const [before, after] of [
    ['', ''],
    [' \n\t', ' '],
    ['[', ']'],
    ['[0,', ',1]'],
    ['{"a":', '}'],
    ['{"a": ', ' }'],
  ]) {
    const written = JSON.stringify(decoded(number, before, after));
    expect(written).toBe(`${before}${number}${after}`.replaceAll(/\s/g, ''));
  }
  expect(isInexactNumber(decoded(number))).toBe(true);
});

test.each([
  ['2^53', '9007199254740992', 2 ** 53],
  ['-2^53', '-9007199254740992', -(2 ** 53)],
  ['17 digits that are a double', '0.30000000000000004', 0.30000000000000004],
  ['15 digits', '123456.789012345', 123456.789012345],
  ['many zeros', '100000000000000000000', 1e20],
  ['an exponent', '1e2', 100],
  ['1e308', '1e308', 1e308],
  ['zero with an exponent', '0e999', 0],
  ['a long zero', '0.00000000000000000000', 0],
  ['minus zero', '-0', -0],
  ['1.0', '1.0', 1],
  ['16 digits and a fraction of none', '1234567890123456.0', 1234567890123456],
  ['16 digits and an exponent of none', '1234567890123456E0', 1234567890123456],
  ["Java's spelling of the largest double", '1.7976931348623157E308', Number.MAX_VALUE],
  ["Java's spelling of another", '1.2345678901234568E10', 12345678901.234568],
])('a number that a double holds is a number: %s', (_, text, value) => {
  expect(decoded(text)).toBe(value);
});

test('an entry that is such a number is no object', () => {
  const message = receive(jobsText('12345678901234567890'));
  if (message.kind !== 'notification' || message.notifications[0]?.kind !== 'readable')
    throw new Error('rejected');
  expect(isInexactNumber(message.notifications[0].data[0])).toBe(true);
});

test('whatever number is sent, it is written again with the value that it had', () => {
  fc.assert(
    fc.property(numberText, (text) => {
      expect(meaningOf(JSON.stringify(decoded(text)))).toEqual(meaningOf(text));
    }),
    { numRuns: 2_000 },
  );
});

test('a number of a million digits is read in time that grows with its length', () => {
  const number = `0.1${'0'.repeat(1_000_000)}1`;
  expect(JSON.stringify(decoded(number))).toBe(number);
});

test.each([
  ['in a text', '{"n":"a, 12345678901234567890"}'],
  ['behind an escaped quote', String.raw`{"n":"\",12345678901234567890","m":"\\"}`],
  ['in a name', '{"n, 12345678901234567890":1}'],
])('what looks like such a number is none: %s', (_, text) => {
  const message = receive(jobsText(text));
  if (message.kind !== 'notification' || message.notifications[0]?.kind !== 'readable')
    throw new Error('rejected');
  expect(JSON.stringify(message.notifications[0].data[0])).toBe(JSON.stringify(JSON.parse(text)));
});

test('such numbers are kept among texts, names and values of all kinds, wherever they stand', () => {
  const number = '12345678901234567890';
  const leaf = fc.constantFrom(
    number,
    `-${number}`,
    '1',
    'null',
    `"${number}"`,
    String.raw`"\\"`,
    String.raw`"\","`,
  );
  const name = fc.constantFrom('a', '__proto__', `, ${number}`, ':');
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { weight: 3, arbitrary: leaf },
      fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join()}]`),
      fc
        .uniqueArray(fc.tuple(name, tie('value')), { maxLength: 4, selector: ([key]) => key })
        .map((fields) => `{${fields.map(([key, inner]) => `"${key}":${inner}`).join()}}`),
    ),
  }));
  fc.assert(
    fc.property(value, (text) => {
      expect(JSON.stringify(decoded(text))).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});
