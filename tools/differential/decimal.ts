/** Numbers of JSON text by their value, as integers of any size and powers of ten. */

interface Decimal {
  readonly digits: bigint;
  readonly exponent: bigint;
}

/** Beyond this power of ten no double is. */
const maxExponent = 400n;

/** Without trailing zeros, so that equal numbers are equal in both parts. */
function decimalOf(text: string): Decimal {
  const [mantissa = '', power = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  let digits = BigInt(whole.replace('-', '') + fraction);
  if (digits === 0n) return { digits, exponent: 0n };
  let exponent = BigInt(power.replace('+', '')) - BigInt(fraction.length);
  for (; digits % 10n === 0n; exponent++) digits /= 10n;
  return { digits: whole.startsWith('-') ? -digits : digits, exponent };
}

/** One spelling for each value: -0 is 0. */
export function decimalText(text: string): string {
  const { digits, exponent } = decimalOf(text);
  return `${digits}e${exponent}`;
}

/** The integer that the text means; null for any other number, and for one beyond all doubles. */
export function integerOf(text: string): bigint | null {
  const { digits, exponent } = decimalOf(text);
  return exponent < 0n || exponent > maxExponent ? null : digits * 10n ** exponent;
}

/**
 * The double that is this number: its shortest spelling means the same value (0.1 is a number, though binary has none like it), or it is
 * an integer and the double's own value. Null where there is none.
 */
export function doubleOf(text: string): number | null {
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  if (decimalText(String(value)) === decimalText(text)) return value;
  const integer = integerOf(text);
  return integer !== null && BigInt(value) === integer ? value : null;
}
