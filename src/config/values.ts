/**
 * The kinds of value that a setting can have. Each kind carries, beside its check, the words that the documentation
 * and the error messages use for it. Every kind is a plain JSON type without a transform, so the schema as a whole
 * can be turned into JSON Schema.
 */
import { isIPv6 } from 'node:net';
import { z } from 'zod';

/** What a value has to be, in words that complete the sentence "expected …". */
export const phrases = z.registry<{ readonly phrase: string }>();

/** The longest delay of a timer in Node.js; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

function whole(noun: string, min: number, max = Number.MAX_SAFE_INTEGER) {
  const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `${min} to ${max}`;
  return z
    .int()
    .min(min)
    .max(max)
    .register(phrases, { phrase: `${noun}, ${range}` });
}

export const count = (min: number, max?: number) => whole('a whole number', min, max);

export const bytes = (min: number, max?: number) => whole('a whole number of bytes', min, max);

/** A duration for a timer. Zero only where it is a choice and not a mistake. */
export const milliseconds = (min = 1) => whole('a whole number of milliseconds', min, MAX_TIMER_MS);

/** 0 lets the operating system choose, which only tests and a second instance on one host want. */
export const port = () => whole('a port number', 0, 65_535);

/** A share of something, as a fraction. */
export const ratio = () => z.number().min(0).max(1).register(phrases, { phrase: 'a number from 0 to 1' });

export const flag = () => z.boolean().register(phrases, { phrase: 'true or false' });

/** One of the given words. */
export function oneOf<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  return z.enum(choices).register(phrases, { phrase: `one of ${choices.join(', ')}` });
}

/** A text by its pattern; a kind that several settings have gets a function of its own. */
export function text(pattern: RegExp, phrase: string) {
  return z.string().regex(pattern).register(phrases, { phrase });
}

/** One line, so that the content of a file (a key, a token) can't stand where its path belongs. */
const pathPattern = /^\P{Cc}{1,4096}$/u;

export const path = () => text(pathPattern, 'the path of a file or directory (not its content)');

export const texts = () =>
  z
    .array(z.string().regex(/^[\x21-\x7e]{1,1024}$/))
    .register(phrases, { phrase: 'a list of texts of printable ASCII characters without spaces' });

/** Each name is a key of the file; a variable or a flag has them as `name=value,name=value`. */
export const textsByName = (name: RegExp, value: RegExp, phrase: string) =>
  z
    .record(z.string().regex(name), z.string().regex(value))
    .refine((map) => Object.keys(map).length <= MAX_NAMES)
    .register(phrases, { phrase: `${phrase}; at most ${MAX_NAMES}` });

/** More than any server asks for. */
const MAX_NAMES = 20;

/** The names of headers that servers define; what RFC 9110 allows beside is in no name of a kind that people write. */
export const headerName = /^[A-Za-z0-9_-]{1,100}$/;

export const filesByName = (name: RegExp, phrase: string) => textsByName(name, pathPattern, phrase);

export const host = () => text(/^[^\s/@]{1,255}$/, 'a host name or IP address to bind to');

export const hostName = () => text(/^[A-Za-z0-9._-]{1,253}$/, 'a host name');

export const hostNames = () =>
  z
    .array(z.string().regex(/^[a-z0-9._-]{1,253}$/))
    .register(phrases, { phrase: 'a list of host names in lower case' });

export const userName = () => text(/^\P{Cc}{1,1024}$/u, 'a text of one line');

export const urlPath = () => text(/^\/[^\s?#]*$/, 'a URL path that begins with "/", without "?" and "#"');

export const clientId = () =>
  text(/^[\x21-\x7e]{1,249}$/, '1 to 249 printable ASCII characters without spaces');

/** Kafka's own rule for topic names (org.apache.kafka.common.internals.Topic). */
export const topic = () =>
  text(
    /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/,
    'a topic name: 1 to 249 of the letters a-z and A-Z, digits, ".", "_" and "-", and not "." or ".."',
  );

/** An IPv6 address stands in brackets, as in a URL. */
const address = z
  .string()
  .regex(/^(?:[^\s/@:,[\]]+|\[[^\s/@,[\]]+\]):[1-9]\d{0,4}$/)
  .refine((a) => Number(a.slice(a.lastIndexOf(':') + 1)) <= 65_535)
  .refine((a) => !a.startsWith('[') || isIPv6(a.slice(1, a.lastIndexOf(']'))));

export const addresses = () =>
  z.array(address).min(1).register(phrases, {
    phrase: 'a list of one or more host:port (host name, IPv4 address, or IPv6 address in brackets)',
  });

/** User information is refused, because a password would be part of the configuration, its hash and its log lines. */
const bareUrl = z.url({ protocol: /^https?$/ }).refine((value) => isBare(URL.parse(value)));

export const httpUrl = () =>
  bareUrl.register(phrases, {
    phrase: 'an http:// or https:// address without user, password, "?" and "#"',
  });

export const httpUrls = () =>
  z.array(bareUrl).register(phrases, {
    phrase: 'a list of http:// or https:// addresses without user, password, "?" and "#"',
  });

function isBare(url: URL | null): boolean {
  return url !== null && [url.username, url.password, url.search, url.hash].every((part) => part === '');
}

/** Either way of naming one version of a schema: by its number in the subject, or by its id in the registry. */
export const schemaPin = () =>
  text(/^(?:version|id):[1-9]\d{0,8}$/, 'version:<number> or id:<number>, e.g. version:3');

/** Confluent's rule for contexts: no separator in the name. */
export const subjectContext = () =>
  text(/^[A-Za-z0-9_-]{1,100}$/, 'the name of a context: letters, digits, "_" and "-"');
