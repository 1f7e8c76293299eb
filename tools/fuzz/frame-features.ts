import { held } from '../../test/fuzz/expected-entry.ts';
import { expectedRow, type Piece, type Row, wireFields } from '../../test/fuzz/expected.ts';
import { codecLimits } from '../../test/fuzz/codec-oracle.ts';
import {
  field,
  type JsonNode,
  lastFields,
  nestsDeeper,
  parseNodes,
  stringOf,
} from '../../test/fuzz/json-nodes.ts';

/**
 * What is special about a frame beyond the blocks that it runs: a limit that is just reached or just passed is no block of its own, and
 * without these the corpus would hold one side of it only. What several faults hide tells nothing.
 */
export function featuresOf(bytes: Buffer): string[] {
  const text = bytes.toString();
  const root = parseNodes(text);
  const row = expectedRow(bytes, 0, codecLimits);
  if (root?.kind !== 'object' || (row.kind === 'rejected' && row.reason === 'not-json')) return [];
  const features = new Set<string>();
  const note = (place: string, node: JsonNode | undefined): void => {
    const sent = node === undefined ? '' : text.slice(node.start, node.end);
    features.add(`${outcome}, ${place}: ${edges[place]?.(sent) ?? classOf(node)}`);
  };

  let outcome = outcomeOf(row);
  note('id', field(root, 'id'));
  if (row.kind === 'connect') note('token', field(field(root, 'payload'), 'token'));
  if (row.kind === 'rejected' && row.reason === 'no-id') return [...features];
  features.add(`type: ${wordOf(field(root, 'type'))} ${wordOf(field(root, 'subType'))}`);
  for (const levels of [-1, 0, 1]) {
    if (nestsDeeper(root, codecLimits.maxDepth + levels)) features.add(`${outcome}, deeper than ${levels}`);
  }
  if (row.kind === 'rejected') note('payload', field(root, 'payload'));
  if (row.kind !== 'notification') return [...features];
  for (const name of ['version', 'timeStamp']) note(name, field(root, name));
  for (const piece of row.pieces) notePiece(piece, row.pieces.length);
  return [...features];

  function notePiece({ node, kind, object, reasons }: Piece, pieces: number): void {
    if (node === null || reasons.size > 1) return;
    outcome = reasons.size > 0 ? 'dead letter' : 'record';
    const over = pieces - codecLimits.maxEntries;
    if (Math.abs(over) <= 1) features.add(`${outcome}, ${over} entries over the limit`);
    if (/[^\0-\x7f]/.test(text.slice(0, node.start))) features.add(`${outcome}, behind wide characters`);
    if (object?.isWellFormed() === false) features.add(`${outcome}, object is no Unicode`);
    if (kind === null || node.kind !== 'object') return note('entry', node);
    const fields = lastFields(node);
    if (fields.size < node.fields.length) features.add(`${outcome}, copies of a name`);
    for (const [name, value] of fields) {
      const unknown = name in Object.prototype ? 'inherited' : 'unknown';
      note(`field ${wireFields[kind][name] ?? unknown}`, value);
    }
  }
}

function outcomeOf(row: Row): string {
  return row.kind === 'rejected' ? row.reason : row.kind;
}

const near = (...numbers: readonly number[]) => {
  const texts = new Set(numbers.flatMap((number) => [-2, -1, 0, 1, 2].map((by) => String(number + by))));
  return (text: string) => (texts.has(text) ? text : undefined);
};
const sized = (...lengths: readonly number[]) => {
  const quotes = 2;
  return (text: string) => lengths.find((length) => Buffer.byteLength(text) - quotes === length);
};
/** JSON texts that are just within a limit of that place, or just beyond it: what tells them from one another. */
const edges: Readonly<Record<string, (text: string) => string | number | undefined>> = {
  id: sized(1024, 1025),
  timeStamp: near(-62_167_219_200, 253_402_300_799),
  'field int': near(2 ** 31, -(2 ** 31)),
  'field long': near(2 ** 53 - 2, -(2 ** 52)),
  'field long!': near(2 ** 53 - 2, -(2 ** 52)),
  'field time': near(Math.floor(2 ** 53 / 1000), Math.ceil(-(2 ** 52) / 1000)),
  'field string!': sized(4096, 4097),
};

const words = new Set(['CONNECT', 'NOTIFICATION', 'COMMAND', 'REQUEST', 'RESPONSE']);

function wordOf(node: JsonNode | undefined): string {
  const word = stringOf(node) ?? '';
  return words.has(word) ? word : 'other';
}

function classOf(node: JsonNode | undefined): string {
  switch (node?.kind) {
    case undefined:
      return 'absent';
    case 'null':
    case 'boolean':
      return node.kind;
    case 'array':
      return node.items.length === 0 ? 'no items' : 'items';
    case 'object':
      return node.fields.length === 0 ? 'no fields' : 'fields';
    case 'number':
      return `number ${held(node.text)}${/[eE]/.test(node.text) ? ' with an exponent' : ''}`;
    case 'string': {
      const value = stringOf(node) ?? '';
      if (!value.isWellFormed()) return 'no Unicode';
      return value.trim() === '' ? `blank ${Math.min(value.length, 1)}` : 'string';
    }
  }
}
