import { judgeFrame } from '../../test/fuzz/codec-oracle.ts';
import { parseNodes, type JsonNode } from '../../test/fuzz/json-nodes.ts';
import { seedFrames } from '../../test/fuzz/seeds.ts';
import { featuresOf } from './frame-features.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import { below } from './choose.ts';
import type { Target } from './target.ts';

/** Frames through decodeMessage, split and encode, with the repository's schemas. */
export const codecTarget: Target = {
  maxBytes: 16 * 1024,
  seeds: seedFrames,
  run: (input) => [...judgeFrame(input), ...featuresOf(input)],
  mutate(input, other, random) {
    if (below(random, 4) === 0) return mutateBytes(input, other, random);
    const text = mutateJson(input.toString(), other.toString(), random);
    return text === undefined ? mutateBytes(input, other, random) : Buffer.from(text);
  },
  *parts(input) {
    const root = parseNodes(input.toString());
    if (root !== undefined) yield* withoutOneChild(input.toString(), root);
    for (let length = input.length >> 1; length > 0; length >>= 1) {
      for (let at = 0; at < input.length; at += length)
        yield Buffer.concat([input.subarray(0, at), input.subarray(at + length)]);
    }
  },
};

function* withoutOneChild(text: string, root: JsonNode): Generator<Buffer> {
  const waiting = [root];
  for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
    const children =
      node.kind === 'array'
        ? node.items.map((value) => ({ start: value.start, value }))
        : node.kind === 'object'
          ? node.fields.map(({ nameStart, value }) => ({ start: nameStart, value }))
          : [];
    for (const [n, { start, value }] of children.entries()) {
      const next = children[n + 1]?.start;
      const before = children[n - 1]?.value.end;
      // With the comma behind it, or before it where it is the last.
      if (next !== undefined) yield Buffer.from(text.slice(0, start) + text.slice(next));
      else yield Buffer.from(text.slice(0, before ?? start) + text.slice(value.end));
      waiting.push(value);
    }
  }
}
