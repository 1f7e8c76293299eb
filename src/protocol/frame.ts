import { createHash } from 'node:crypto';
import { type Node, parseTree } from 'jsonc-parser';

/** A path into the frame's JSON, e.g. `['payload', 0, 'data', 3]`. */
export type JsonPath = readonly (string | number)[];

/**
 * The bytes of one message as they came, kept until it is delivered: dead letters carry slices of them, and a resend is
 * recognised by their digest.
 */
export interface Frame {
  readonly bytes: Buffer;
  /** SHA-256 of the frame without the digits of its `timeStamp`: a resend may be stamped anew (protocol: open). */
  digest(): string;
  /** The bytes that hold the value at `path`, as they were sent; the whole frame where there is no such value. */
  slice(path: JsonPath): Buffer;
}

const timeStampKey = Buffer.from('"timeStamp"');

/**
 * @param bytes the whole frame
 * @param timeStamp the envelope's `timeStamp` as decoded, or null where it has none
 */
export function createFrame(bytes: Buffer, timeStamp: number | null): Frame {
  let digest: string | undefined;
  let tree: { text: string; root: Node | undefined } | undefined;

  return {
    bytes,
    digest() {
      digest ??= digestWithout(bytes, timeStamp === null ? null : findTimeStamp(bytes, timeStamp));
      return digest;
    },
    slice(path) {
      if (tree === undefined) {
        const text = bytes.toString('utf8');
        tree = { text, root: parseTree(text, [], { disallowComments: true }) };
      }
      const node = tree.root && nodeAt(tree.root, path);
      return node ? Buffer.from(tree.text.slice(node.offset, node.offset + node.length)) : bytes;
    },
  };
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the digits of the first `"timeStamp": n` are whose n is the envelope's; a nested field of that name may stand before it.
 * If what is found were another field of the same value, the envelope's own digits stay in the digest, and two frames of equal
 * digest still hold the same text.
 */
function findTimeStamp(bytes: Buffer, timeStamp: number): Range | null {
  for (let key = 0; (key = bytes.indexOf(timeStampKey, key)) >= 0; key += timeStampKey.length) {
    const after = bytes.toString('latin1', key + timeStampKey.length, key + timeStampKey.length + 32);
    const match = /^\s*:\s*(\d+)/.exec(after);
    if (match?.[1] === undefined || Number(match[1]) !== timeStamp) continue;
    const end = key + timeStampKey.length + match[0].length;
    return { start: end - match[1].length, end };
  }
  return null;
}

function digestWithout(bytes: Buffer, range: Range | null): string {
  const hash = createHash('sha256');
  if (range === null) hash.update(bytes);
  else hash.update(bytes.subarray(0, range.start)).update('#').update(bytes.subarray(range.end));
  return hash.digest('base64');
}

/** As JSON.parse resolves a path: of equal keys in one object the last one counts. */
function nodeAt(root: Node, path: JsonPath): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) {
    if (typeof step === 'number') node = node?.type === 'array' ? node.children?.[step] : undefined;
    else node = node?.children?.findLast((property) => property.children?.[0]?.value === step)?.children?.[1];
  }
  return node;
}
