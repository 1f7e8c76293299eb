import { oneLine } from '../printable.ts';

/** Longer than any sentence of a server that says what is wrong with a request. */
const maxLength = 300;
/** What a server may have cut or quoted of a secret is found from so many characters on. */
const partLength = 8;
/** No more of a text is looked through. */
const maxLookedThrough = 16_384;

/** What was said by the other side: on one line, shortened, without our secrets. @param max characters */
export function said(text: string, secrets: readonly string[], max = maxLength): string {
  const line = oneLine(withoutSecrets(text, secrets).trim());
  return line.length > max ? `${line.slice(0, max).toWellFormed()}…` : line.toWellFormed();
}

/**
 * A refusal may repeat our request: without the secrets in it, whole or in part, as they are or as a form, a URL or JSON has them.
 * What is longer than 16 KiB is cut.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const seen = text.slice(0, maxLookedThrough);
  const forms = secrets.flatMap(formsOf).filter((form) => form !== '');
  const hidden = new Uint8Array(seen.length);
  for (const length of new Set(forms.map(partLengthOf))) {
    const parts = new Set(forms.filter((form) => partLengthOf(form) === length).flatMap(partsOf));
    for (let at = 0; at + length <= seen.length; at++)
      if (parts.has(seen.slice(at, at + length))) hidden.fill(1, at, at + length);
  }
  let shown = '';
  for (let at = 0; at < seen.length; at++)
    shown += hidden[at] === 0 ? seen.charAt(at) : hidden[at - 1] === 1 ? '' : '***';
  return shown;
}

function formsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams({ _: secret }).toString().slice(2),
  ];
}

function partLengthOf(form: string): number {
  return Math.min(form.length, partLength);
}

function partsOf(form: string): string[] {
  const length = partLengthOf(form);
  return Array.from({ length: form.length - length + 1 }, (_, at) => form.slice(at, at + length));
}
