import { bytes as dictionary } from './dictionary.ts';
import type { Random } from '../../src/simulator/random.ts';
import { below, oneOf } from './choose.ts';

/** One change that knows nothing of structure: bytes flipped, put in, cut out, moved, or taken from `other`. */
export function mutateBytes(input: Buffer, other: Buffer, random: Random): Buffer {
  const at = below(random, input.length + 1);
  const length = 1 + below(random, oneOf(random, [1, 4, 16, 64]));
  const replace = (cut: number, ...put: Buffer[]) =>
    Buffer.concat([input.subarray(0, at), ...put, input.subarray(at + cut)]);
  switch (below(random, 7)) {
    case 0:
      return replace(1, Buffer.from([(input[at] ?? 0) ^ (1 << below(random, 8))]));
    case 1:
      return replace(1, Buffer.from([below(random, 256)]));
    case 2:
      return replace(0, oneOf(random, dictionary));
    case 3:
      return replace(length);
    case 4: {
      const from = below(random, input.length + 1);
      return replace(0, input.subarray(from, from + length));
    }
    case 5: {
      const from = below(random, other.length + 1);
      return replace(length, other.subarray(from, from + length));
    }
    default:
      return input.subarray(0, at);
  }
}
