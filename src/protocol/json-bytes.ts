/** JSON text as bytes: what the looks at a frame that build no values have in common. */

export const byte = {
  quote: 0x22,
  backslash: 0x5c,
  comma: 0x2c,
  colon: 0x3a,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  openBracket: 0x5b,
  closeBracket: 0x5d,
} as const;

/** The place of the quote that ends the text which begins at `start`; the end of the bytes where none does. */
export function endOfText(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(byte.quote, start + 1); end >= 0; end = bytes.indexOf(byte.quote, end + 1)) {
    let escapes = 0;
    while (bytes[end - 1 - escapes] === byte.backslash) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return bytes.length;
}

/** What the text between the quotes at `start` and `end` says; empty where it isn't JSON. */
export function textBetween(bytes: Buffer, start: number, end: number): string {
  try {
    return JSON.parse(bytes.toString('utf8', start, end + 1)) as string;
  } catch {
    return '';
  }
}
