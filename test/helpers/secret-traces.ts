/** Finds a secret in a text, whole or in part, as it is or as programs write it. */
import { createHash } from 'node:crypto';

/** So many bytes in a row of a secret count as a part of it. */
const partLength = 8;

/**
 * What of these secrets is in the text, as `name (how it is written): where`; empty where nothing is.
 * @param secrets by names that may stand in a test's output
 */
export function tracesIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    if (secret.length < partLength) throw new Error(`${name} is too short to be told from other texts`);
    return formsOf(secret).flatMap(({ form, written, length }) => {
      const at = firstPart(text, written, length);
      return at < 0 ? [] : [`${name} (${form}): …${text.slice(Math.max(0, at - 80), at + 40)}…`];
    });
  });
}

interface Form {
  readonly form: string;
  readonly written: string;
  /** What `partLength` bytes take in this form. */
  readonly length: number;
}

function formsOf(secret: string): Form[] {
  const bytes = Buffer.from(secret);
  const digest = createHash('sha256').update(bytes).digest();
  const hexadecimal = [bytes.toString('hex'), digest.toString('hex')];
  const texts = {
    'as it is': secret,
    'in JSON': JSON.stringify(secret).slice(1, -1),
    'in a URL': encodeURIComponent(secret),
    'in a form': new URLSearchParams({ _: secret }).toString().slice(2),
  };
  return [
    ...Object.entries(texts).map(([form, written]) => ({ form, written, length: partLength })),
    ...hexadecimal
      .flatMap((written) => [written, written.toUpperCase()])
      .map((written) => ({ form: 'in hexadecimal, or its hash', written, length: 2 * partLength })),
    ...(['base64', 'base64url'] as const).flatMap((encoding) =>
      [...[0, 1, 2].map((shift) => shifted(bytes, shift, encoding)), digest.toString(encoding)].map(
        (written) => ({
          form: `in ${encoding}, or its hash`,
          written,
          length: Math.ceil((partLength * 4) / 3),
        }),
      ),
    ),
  ];
}

/** As base64 has it behind `shift` other bytes: `user:` before a password changes what all of it looks like. */
function shifted(bytes: Buffer, shift: number, encoding: 'base64' | 'base64url'): string {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
  const end = whole.length - (whole.length % 3);
  return whole
    .subarray(0, end)
    .toString(encoding)
    .slice(shift === 0 ? 0 : 4);
}

function firstPart(text: string, written: string, length: number): number {
  for (let start = 0; start + length <= written.length; start++) {
    const at = text.indexOf(written.slice(start, start + length));
    if (at >= 0) return at;
  }
  return -1;
}
