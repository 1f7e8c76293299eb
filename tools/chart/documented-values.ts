/** values.yaml as its readers see it: each value with the comment above it. */
import { readFileSync } from 'node:fs';
import { isMap, isScalar, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';

/** A value that a user may set: a leaf, or a mapping whose keys have no comments of their own. */
export interface DocumentedValue {
  /** `service.type` */
  readonly path: string;
  readonly description: string;
  readonly default: unknown;
  /** Whether commented keys stand below it. */
  readonly isSection: boolean;
}

const file = new URL('../../helm/nbwss-bridge/values.yaml', import.meta.url);

/**
 * Every commented key in its order, sections before what is in them.
 * @throws Error for a key without a comment
 */
export function documentedValues(text = readFileSync(file, 'utf8')): readonly DocumentedValue[] {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is no mapping');
  return [...walk(contents, '')];
}

function* walk(map: YAMLMap, prefix: string): Generator<DocumentedValue> {
  for (const [index, pair] of map.items.entries()) {
    const path = `${prefix}${keyOf(pair)}`;
    // The first key's comment belongs to the mapping, and before the first key of all stands the file's own.
    const comment = commentOf(pair) ?? (index === 0 ? lastParagraph(map.commentBefore) : undefined);
    if (comment === undefined) throw new Error(`values.yaml: ${path} has no comment`);
    const value = pair.value as Node | null;
    const isSection = isMap(value) && value.items.length > 0 && hasComments(value);
    yield { path, description: comment, default: value?.toJSON(), isSection };
    if (isSection) yield* walk(value, `${path}.`);
  }
}

function hasComments(map: YAMLMap): boolean {
  return Boolean(map.commentBefore) || map.items.some((pair) => commentOf(pair) !== undefined);
}

function commentOf({ key }: Pair): string | undefined {
  return lastParagraph((key as Node).commentBefore);
}

function lastParagraph(comment: string | null | undefined): string | undefined {
  if (comment === null || comment === undefined) return undefined;
  const paragraph = comment.split(/\n\s*\n/).at(-1) ?? '';
  return paragraph
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : '';
}
