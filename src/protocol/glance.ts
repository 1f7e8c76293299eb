import { randomInt } from 'node:crypto';
import type { Pieces } from '../pieces.ts';
import { byte, endOfText, textBetween } from './json-bytes.ts';

/** What a look at the bytes of a frame tells, without building any of its values. */
export interface Glance {
  /** Not more values than this are in it: one for each opening bracket and each comma, and one. */
  readonly values: number;
  /**
   * Property names, each counted once for each order in which it comes behind others in its object; counted up to one above the limit.
   * Of each V8 makes a hidden class, and that is what they cost.
   */
  readonly names: number;
  /** The deepest level of nesting. */
  readonly depth: number;
  /** The envelope's `id`, where it is a string; the last one, as for JSON.parse. */
  readonly id: string | null;
}

/** A key or id of more bytes is none that could be meant. */
const maxTextBytes = 8_192;
const bytesPerPiece = 512 * 1024;
/** Of the process: nobody can send names that it takes for the same. */
const seed = randomInt(2 ** 32) | 0;

/**
 * Counts what JSON.parse would make. A frame of 8 MiB can hold millions of values, which take seconds and hundreds of MiB: they have to be
 * refused before they are made, and the answer still needs the id. What isn't JSON is counted all the same.
 * @param limits beyond which names aren't counted, and levels have none
 */
export function* glance(
  bytes: Buffer,
  limits: { readonly maxNames: number; readonly maxDepth: number },
): Pieces<Glance> {
  let [depth, deepest, values] = [0, 0, 1];
  let id: string | null = null;
  /** Where the last text stood. */
  let [textStart, textEnd] = [0, 0];
  let isIdNext = false;
  /** The names of each open object so far, as a number each. */
  const sequences: number[] = [];
  const known = new Set<number>();
  let pieceEnd = bytesPerPiece;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at] as number) {
      case byte.quote:
        textStart = at;
        textEnd = endOfText(bytes, at);
        if (isIdNext && depth === 1) id = shortText(bytes, textStart, textEnd);
        at = textEnd;
        break;
      case byte.openBrace:
      case byte.openBracket:
        depth++;
        values++;
        if (depth > deepest) deepest = depth;
        if (depth <= limits.maxDepth) sequences[depth] = seed;
        break;
      case byte.closeBrace:
      case byte.closeBracket:
        depth--;
        break;
      case byte.colon:
        if (depth === 1) {
          isIdNext = shortText(bytes, textStart, textEnd) === 'id';
          if (isIdNext) id = null;
        }
        if (known.size > limits.maxNames || depth > limits.maxDepth) break;
        known.add((sequences[depth] = mixed(sequences[depth] ?? seed, bytes, textStart + 1, textEnd)));
        break;
      case byte.comma:
        values++;
        if (depth === 1) isIdNext = false;
    }
    if (at < pieceEnd) continue;
    pieceEnd = at + bytesPerPiece;
    yield;
  }
  return { values, names: known.size, depth: deepest, id };
}

function shortText(bytes: Buffer, start: number, end: number): string {
  return end - start > maxTextBytes ? '' : textBetween(bytes, start, end);
}

/** FNV-1a from where the names before have led to. */
function mixed(sequence: number, bytes: Buffer, start: number, end: number): number {
  let hash = Math.imul(sequence ^ (end - start), 0x01000193);
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash;
}
