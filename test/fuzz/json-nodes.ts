/** Where each value of a JSON text stands. It shares nothing with the bridge's own parsers, so that both can't be wrong in the same way. */

interface Span {
  /** Where the value begins and ends in the text, in UTF-16 units. */
  readonly start: number;
  end: number;
}

export interface ObjectNode extends Span {
  readonly kind: 'object';
  /** In order, with the copies of a name. */
  readonly fields: { readonly name: string; readonly nameStart: number; readonly value: JsonNode }[];
}
export interface ArrayNode extends Span {
  readonly kind: 'array';
  readonly items: JsonNode[];
}
/** Its text says all of it: a number's digits, a string's escapes. */
export interface ScalarNode extends Span {
  readonly kind: 'string' | 'number' | 'boolean' | 'null';
  readonly text: string;
}
export type JsonNode = ObjectNode | ArrayNode | ScalarNode;

const token = /[{}[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s{}[\],:"]+/g;

/** @returns undefined where the text isn't JSON. However deep it nests, no stack is exhausted. */
export function parseNodes(text: string): JsonNode | undefined {
  if (!isJson(text)) return undefined;
  const open: (ObjectNode | ArrayNode)[] = [];
  let root: JsonNode | undefined;
  let name: { readonly name: string; readonly nameStart: number } | undefined;
  for (const { 0: found, index } of text.matchAll(token)) {
    const container = open.at(-1);
    if (found === ',' || found === ':') continue;
    if (found === '}' || found === ']') {
      if (container !== undefined) container.end = index + 1;
      open.pop();
      continue;
    }
    if (container?.kind === 'object' && name === undefined) {
      name = { name: JSON.parse(found) as string, nameStart: index };
      continue;
    }
    const node = nodeOf(found, index);
    if (container === undefined) root = node;
    else if (container.kind === 'array') container.items.push(node);
    else if (name !== undefined) container.fields.push({ ...name, value: node });
    name = undefined;
    if (node.kind === 'object' || node.kind === 'array') open.push(node);
  }
  return root;
}

function nodeOf(found: string, start: number): JsonNode {
  const end = start + found.length;
  if (found === '{') return { kind: 'object', fields: [], start, end };
  if (found === '[') return { kind: 'array', items: [], start, end };
  if (found.startsWith('"')) return { kind: 'string', text: found, start, end };
  if (found === 'null') return { kind: 'null', text: found, start, end };
  return { kind: found === 'true' || found === 'false' ? 'boolean' : 'number', text: found, start, end };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** An object's value of that name: of copies the last one. */
export function field(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.fields.findLast((each) => each.name === name)?.value : undefined;
}

/** An object's values by their names: of copies the last one. */
export function lastFields({ fields }: ObjectNode): Map<string, JsonNode> {
  return new Map(fields.map(({ name, value }) => [name, value]));
}

/** A string's characters; undefined for any other value. */
export function stringOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? (JSON.parse(node.text) as string) : undefined;
}

/** Whether the containers nest deeper than that, the root being level 1. */
export function nestsDeeper(root: JsonNode, limit: number): boolean {
  const waiting = [{ node: root, level: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, level } = next;
    if (node.kind !== 'object' && node.kind !== 'array') continue;
    if (level > limit) return true;
    const children = node.kind === 'array' ? node.items : lastFields(node).values();
    for (const child of children) waiting.push({ node: child, level: level + 1 });
  }
  return false;
}

/** A value and all that are in it, level by level, with the copies of names. */
export function nodesOf(root: JsonNode): JsonNode[] {
  const nodes: JsonNode[] = [root];
  // The list grows while it is walked.
  for (const node of nodes) {
    if (node.kind === 'array') nodes.push(...node.items);
    if (node.kind === 'object') nodes.push(...node.fields.map(({ value }) => value));
  }
  return nodes;
}
