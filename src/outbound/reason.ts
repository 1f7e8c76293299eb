import type { HttpAnswer } from './http.ts';
import { said } from './said.ts';

/**
 * Why an HTTP server doesn't do what it was asked for, in its own words: of JSON an error's text, else the challenge of a 401 (RFC 6750, 3), where
 * it redirects to, plain text, or the title of a page. On one line, shortened, without our secrets; null where it says nothing.
 * @param body the answer's JSON; undefined where it is none
 * @param max characters; by default as `said`
 */
export function reasonIn(
  { status, headers, text }: HttpAnswer,
  body: unknown,
  secrets: readonly string[],
  max?: number,
): string | null {
  const words =
    textIn(body) ??
    challengeIn(headers['www-authenticate'] ?? '') ??
    redirectIn(status, headers.location ?? '') ??
    (body === undefined ? proseIn(headers['content-type'] ?? '', text) : null);
  const shown = words === null ? '' : said(words, secrets, max);
  return shown === '' ? null : shown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Where an error's words stand, the most telling first: Confluent, RFC 7807, RFC 6749, Okta. */
const textFields = [
  'message',
  'detail',
  'title',
  'error_description',
  'errorSummary',
  'error',
  'errors',
] as const;
/** Some put the error into another object, or into a list: `{"error": {"message": …}}`. */
const maxDepth = 3;

function textIn(body: unknown, depth = 0): string | null {
  if (typeof body === 'string') return body.trim() === '' ? null : body;
  if (typeof body !== 'object' || body === null || depth > maxDepth) return null;
  if (Array.isArray(body)) return textIn((body as unknown[])[0], depth + 1);
  for (const name of textFields) {
    const found = textIn((body as Fields)[name], depth + 1);
    if (found !== null) return found;
  }
  return null;
}

/** The parameters `error` and `error_description`. */
function challengeIn(challenge: string): string | null {
  const found = challenge.matchAll(/\berror(?:_description)?="([^"]*)"/g).map(([, text = '']) => text);
  return [...found].join(': ') || null;
}

/** Without what may be a secret of somebody: user, query and fragment. */
function redirectIn(status: number, location: string): string | null {
  if (status < 300 || status > 399 || location === '') return null;
  const [place = ''] = location.split(/[?#]/, 1);
  return `it redirects to ${place.replace(/\/\/[^/@]*@/, '//')}, and redirects are not followed`;
}

/** Of a page with markup only the title is for people. */
function proseIn(type: string, text: string): string | null {
  const start = text.trimStart();
  if (start.startsWith('<')) return /<title>([^<]{1,300})<\/title>/i.exec(start)?.[1] ?? null;
  return type === '' || type.startsWith('text/plain') ? start : null;
}
