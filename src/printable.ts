/**
 * What a terminal or a reader of logs could take for a command: control characters but the line's end and the tab, those that turn the
 * direction of text, and the line separators that aren't "\n". Texts of others (a registry, a broker, a peer, a file name) may hold them.
 */
// oxlint-disable-next-line no-control-regex
const unprintable = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with these characters as \uXXXX. JSON text stays the same JSON. */
export function printable(text: string): string {
  return text.replaceAll(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same on one line: a line's end is shown as \n, so that texts of others make no line of their own. */
export function oneLine(text: string): string {
  return printable(text).replaceAll('\n', String.raw`\n`);
}
