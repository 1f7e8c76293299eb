/** What a look at the bytes of a frame tells, without building any of its values. */
export interface Glance {
  /** Not more values than this are in it: one for each opening bracket and each comma, and one. */
  readonly values: number;
  /** The envelope's `id`, where it is a string; the last one, as for JSON.parse. */
  readonly id: string | null;
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** A key or id of more bytes is none that could be meant. */
const maxTextBytes = 8_192;

/**
 * Counts what JSON.parse would make. A frame of 8 MiB can hold millions of values, which take seconds and hundreds of MiB: they have to be
 * refused before they are made, and the answer still needs the id. What isn't JSON is counted all the same.
 */
export function glance(bytes: Buffer): Glance {
  let [depth, values] = [0, 1];
  let id: string | null = null;
  /** Of the envelope's level: the last text, and whether it was the key `id`. */
  let lastText = '';
  let isIdNext = false;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at] as number) {
      case quote: {
        const end = endOfText(bytes, at);
        if (depth === 1) {
          lastText = textOf(bytes, at, end);
          if (isIdNext) id = lastText;
        }
        at = end;
        break;
      }
      case openBrace:
      case openBracket:
        depth++;
        values++;
        break;
      case closeBrace:
      case closeBracket:
        depth--;
        break;
      case colon:
        if (depth !== 1) break;
        isIdNext = lastText === 'id';
        if (isIdNext) id = null;
        break;
      case comma:
        values++;
        if (depth === 1) isIdNext = false;
    }
  }
  return { values, id };
}

/** The place of the quote that ends the text which begins at `start`; the last byte where none does. */
function endOfText(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(quote, start + 1); end >= 0; end = bytes.indexOf(quote, end + 1)) {
    let escapes = 0;
    while (bytes[end - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return bytes.length;
}

function textOf(bytes: Buffer, start: number, end: number): string {
  if (end - start > maxTextBytes) return '';
  try {
    return JSON.parse(bytes.toString('utf8', start, end + 1)) as string;
  } catch {
    return '';
  }
}
