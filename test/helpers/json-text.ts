import * as fc from 'fast-check';

/** JSON as text, because the text of a number says more than JavaScript's value of it. */

/** Any number token of JSON (RFC 8259, section 6), of up to 50 digits. */
export const numberText: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.stringMatching(/^(0|[1-9][0-9]{0,24})$/),
    fc.option(fc.stringMatching(/^[0-9]{1,24}$/), { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'E-', 'e-'), fc.nat({ max: 420 })), {
      nil: undefined,
    }),
  )
  .map(([sign, whole, fraction, exponent]) =>
    [sign, whole, fraction === undefined ? '' : `.${fraction}`, exponent?.join('') ?? ''].join(''),
  );

const space = fc.constantFrom('', '', ' ', '\n\t');
const text = fc.string({ unit: 'binary', maxLength: 12 });
export const fieldName: fc.Arbitrary<string> = fc.oneof(
  text,
  fc.constantFrom('', '__proto__', 'constructor', 'toJSON', 'rawJSON', 'timeStamp', 'extra', 'primary'),
);

/** Any JSON value with white space, a few levels deep. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(
      numberText,
      text.map((value) => JSON.stringify(value)),
      fc.constantFrom('true', 'false', 'null', '""', '"\\ud800"', '[]', '{}'),
    ),
    fc
      .tuple(space, fc.array(tie('value'), { maxLength: 4 }))
      .map(([pad, items]) => `[${pad}${items.join(`,${pad}`)}]`),
    fc
      .tuple(space, fc.array(fc.tuple(fieldName, tie('value')), { maxLength: 4 }))
      .map(([pad, fields]) => objectText(fields, pad)),
  ),
})).value;

/** An object of fields whose values are JSON text already. */
export function objectText(fields: readonly (readonly [string, string])[], pad = ''): string {
  return `{${fields.map(([name, value]) => `${pad}${JSON.stringify(name)}${pad}:${pad}${value}`).join(',')}${pad}}`;
}

/** What two JSON texts of equal value have in common: numbers as their decimal value, whatever its size. */
export function meaningOf(json: string): unknown {
  const parse = JSON.parse as (
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ) => unknown;
  return parse(json, (_key, value, { source }) => {
    if (typeof value === 'number') return { number: decimalOf(source ?? '') };
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { fields: Object.entries(value) } : value;
  });
}

/** Sign, significant digits and power of ten of a number token; zero has no sign. */
function decimalOf(token: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return '0';
  const zeros = /0*$/.exec(String(digits))?.[0].length ?? 0;
  return `${sign}${digits / 10n ** BigInt(zeros)}e${Number(exponent) - fraction.length + zeros}`;
}
