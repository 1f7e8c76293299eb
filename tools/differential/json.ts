/**
 * JSON as the judge reads it (RFC 8259): numbers keep their text, of two members of one name the last counts. It shares nothing with
 * `JSON.parse`, on which the product stands. Only for text that is JSON.
 */
import { decimalText } from './decimal.ts';

export type Json =
  | { readonly is: 'null' }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'number'; readonly text: string }
  | { readonly is: 'string'; readonly value: string }
  | { readonly is: 'array'; readonly items: readonly Json[] }
  | { readonly is: 'object'; readonly members: ReadonlyMap<string, Json> };

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const numberOrWord = /-?\d[\d.eE+-]*|true|false|null/y;

/** @throws Error for what is no JSON; not for all of it */
export function parseJson(text: string): Json {
  let at = 0;
  const value = readValue();
  skipBlanks();
  if (at < text.length) throw new Error(`text is left over at ${at}: ${text.slice(at, at + 20)}`);
  return value;

  function skipBlanks(): void {
    while (' \t\r\n'.includes(text[at] ?? 'x')) at++;
  }

  function takes(character: string): boolean {
    skipBlanks();
    if (text[at] !== character) return false;
    at++;
    return true;
  }

  function readValue(): Json {
    skipBlanks();
    if (text[at] === '"') return { is: 'string', value: readString() };
    if (takes('{')) return readObject();
    if (takes('[')) return readArray();
    numberOrWord.lastIndex = at;
    const token = numberOrWord.exec(text)?.[0];
    if (token === undefined) throw new Error(`no value at ${at}: ${text.slice(at, at + 20)}`);
    at += token.length;
    if (token === 'null') return { is: 'null' };
    if (token === 'true' || token === 'false') return { is: 'boolean', value: token === 'true' };
    return { is: 'number', text: token };
  }

  function readObject(): Json {
    const members = new Map<string, Json>();
    if (takes('}')) return { is: 'object', members };
    do {
      skipBlanks();
      const name = readString();
      if (!takes(':')) throw new Error(`no colon at ${at}`);
      members.set(name, readValue());
    } while (takes(','));
    if (!takes('}')) throw new Error(`no end of the object at ${at}`);
    return { is: 'object', members };
  }

  function readArray(): Json {
    const items: Json[] = [];
    if (takes(']')) return { is: 'array', items };
    do items.push(readValue());
    while (takes(','));
    if (!takes(']')) throw new Error(`no end of the array at ${at}`);
    return { is: 'array', items };
  }

  function readString(): string {
    let value = '';
    for (at++; text[at] !== '"'; at++) {
      if (at >= text.length) throw new Error('a string without an end');
      if (text[at] !== '\\') value += text[at];
      else value += readEscape();
    }
    at++;
    return value;
  }

  function readEscape(): string {
    const escape = text[++at] ?? '';
    if (escape !== 'u') return escapes[escape] ?? escape;
    at += 4;
    return String.fromCharCode(Number.parseInt(text.slice(at - 3, at + 1), 16));
  }
}

/** JSON text in which equal values are spelled alike: members by name, numbers by value. */
export function canonical(json: Json): string {
  switch (json.is) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(json.value);
    case 'number':
      return decimalText(json.text);
    case 'string':
      return JSON.stringify(json.value);
    case 'array':
      return `[${json.items.map(canonical).join()}]`;
    case 'object': {
      const members = [...json.members].toSorted(([one], [other]) => (one < other ? -1 : 1));
      return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${canonical(value)}`).join()}}`;
    }
  }
}

/** JSON text with the numbers as they were. */
export function jsonText(json: Json): string {
  if (json.is === 'number') return json.text;
  if (json.is === 'array') return `[${json.items.map(jsonText).join()}]`;
  if (json.is !== 'object') return canonical(json);
  const members = [...json.members].map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`);
  return `{${members.join()}}`;
}
