import { type JsonNode, nodesOf, parseNodes } from '../../test/fuzz/json-nodes.ts';
import { containers, literals, names, numbers, strings } from './dictionary.ts';
import type { Random } from '../../src/simulator/random.ts';
import { below, oneOf } from './choose.ts';

/**
 * One change in the structure of a JSON text; the text stays JSON. It works on the text and not on the value, so that digits,
 * escapes, white space and copies of a name stay as they are.
 * @param other another text, to take pieces from
 * @returns undefined where it isn't JSON
 */
export function mutateJson(text: string, other: string, random: Random): string | undefined {
  const root = parseNodes(text);
  if (root === undefined) return undefined;
  const all = nodesOf(root);
  const at = oneOf(random, all);
  switch (below(random, 10)) {
    case 0:
    case 1:
      return put(text, at, oneOf(random, oneOf(random, [numbers, strings, containers, literals])));
    case 2:
      return put(text, at, likeIt(at, random));
    case 3: {
      const from = oneOf(random, all);
      return put(text, at, text.slice(from.start, from.end));
    }
    case 4: {
      const foreign = parseNodes(other);
      if (foreign === undefined) return undefined;
      const from = oneOf(random, nodesOf(foreign));
      return put(text, at, other.slice(from.start, from.end));
    }
    case 5:
      return put(text, at, oneOf(random, [`[${slice(text, at)}]`, `{"a":${slice(text, at)}}`]));
    case 6:
      return put(text, at, moveNumber(at, random) ?? oneOf(random, numbers));
    case 7:
      return withoutChild(text, at, random) ?? put(text, at, 'null');
    case 8:
      return withName(text, at, random);
    default:
      return withChild(text, at, all, random);
  }
}

function slice(text: string, { start, end }: JsonNode): string {
  return text.slice(start, end);
}

function put(text: string, { start, end }: JsonNode, value: string): string {
  return text.slice(0, start) + value + text.slice(end);
}

/** Another value of the same kind. */
function likeIt({ kind }: JsonNode, random: Random): string {
  const kinds = {
    number: numbers,
    string: strings,
    boolean: literals,
    null: literals,
    array: containers,
    object: containers,
  };
  return oneOf(random, kinds[kind]);
}

/** A number beside the one that is there, or of another size. */
function moveNumber(node: JsonNode, random: Random): string | undefined {
  if (node.kind !== 'number') return undefined;
  const digit = () => String(below(random, 10));
  if (/^-?\d+$/.test(node.text) && below(random, 2) === 0)
    return String(BigInt(node.text) + BigInt(below(random, 5) - 2));
  return oneOf(random, [
    `${node.text}${/[.eE]/.test(node.text) ? '' : '.0'}`,
    node.text.replace(/[1-9]/, (first) => `${first}${digit()}`),
    node.text.startsWith('-') ? node.text.slice(1) : `-${node.text}`,
    /[eE]/.test(node.text) ? node.text : `${node.text}e${digit()}`,
  ]);
}

/** An array or object without one of its children. */
function withoutChild(text: string, node: JsonNode, random: Random): string | undefined {
  const pieces = childTexts(text, node);
  if (pieces.length === 0) return undefined;
  pieces.splice(below(random, pieces.length), 1);
  return join(text, node, pieces);
}

/** An object with another name for one of its values, or with a copy of a name. */
function withName(text: string, node: JsonNode, random: Random): string | undefined {
  if (node.kind !== 'object' || node.fields.length === 0) return undefined;
  const pieces = childTexts(text, node);
  const { value, name } = oneOf(random, node.fields);
  const copies = below(random, 2) === 0;
  const newName = copies ? name : oneOf(random, names);
  const piece = `${JSON.stringify(newName)}:${copies ? likeIt(value, random) : slice(text, value)}`;
  const at = below(random, pieces.length);
  pieces.splice(at, copies ? 0 : 1, piece);
  return join(text, node, pieces);
}

/** An array or object with one more child, somewhere. */
function withChild(
  text: string,
  node: JsonNode,
  all: readonly JsonNode[],
  random: Random,
): string | undefined {
  if (node.kind !== 'object' && node.kind !== 'array') return undefined;
  const pieces = childTexts(text, node);
  const value =
    below(random, 2) === 0
      ? slice(text, oneOf(random, all))
      : oneOf(random, oneOf(random, [numbers, strings, containers]));
  const piece = node.kind === 'array' ? value : `${JSON.stringify(oneOf(random, names))}:${value}`;
  pieces.splice(below(random, pieces.length + 1), 0, piece);
  return join(text, node, pieces);
}

function childTexts(text: string, node: JsonNode): string[] {
  if (node.kind === 'array') return node.items.map((item) => slice(text, item));
  if (node.kind === 'object')
    return node.fields.map(({ nameStart, value }) => text.slice(nameStart, value.end));
  return [];
}

function join(text: string, node: JsonNode, pieces: readonly string[]): string {
  const [open, close] = node.kind === 'array' ? '[]' : '{}';
  return put(text, node, `${open}${pieces.join()}${close}`);
}
