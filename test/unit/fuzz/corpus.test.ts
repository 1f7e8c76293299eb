import { describe, expect, test } from 'vitest';
import type { Encoder } from '../../../src/encode/encoder.ts';
import { EncodeError } from '../../../src/encode/value.ts';
import type { Frame } from '../../../src/protocol/frame.ts';
import type { Glance } from '../../../src/protocol/glance.ts';
import type { Message } from '../../../src/protocol/message.ts';
import { bridgeCodec, type Codec, judgeFrame } from '../../fuzz/codec-oracle.ts';
import { corpusFiles } from '../../fuzz/corpus.ts';
import { seedFrames } from '../../fuzz/seeds.ts';
import { encoderWith } from '../../helpers/schemas.ts';

const corpus = corpusFiles('codec');
const frames = [...seedFrames(), ...corpus.map(({ input }) => input)];

test.each(corpus)('a frame that fuzzing found has the outcome of the truth table: $name', ({ input }) => {
  expect(judgeFrame(input)).not.toEqual([]);
});

/** The first complaint about a codec that differs from the bridge's in one thing; null where no frame shows it. */
function complaint(broken: Partial<Codec>, ...bounds: [Parameters<typeof judgeFrame>[2]?]): string | null {
  for (const frame of frames) {
    try {
      judgeFrame(Buffer.from(frame), { ...bridgeCodec, ...broken }, ...bounds);
    } catch (error) {
      return String(error);
    }
  }
  return null;
}

const { decodeMessage, glance, split, encodeNotificationResponse } = bridgeCodec;
const { encode, encodeDeadLetter } = encoderWith();

const decoding = (change: (message: Message, bytes: Buffer) => Message): Partial<Codec> => ({
  decodeMessage: (bytes, ...rest) => change(decodeMessage(bytes, ...rest), bytes),
});
const encoding = (change: Partial<Encoder>): Partial<Codec> => ({
  encoders: [{ encode, encodeDeadLetter, ...change }],
});
const slicing = (slice: (frame: Frame, ...path: Parameters<Frame['slice']>) => Buffer): Partial<Codec> =>
  decoding((message) => {
    if (!('frame' in message)) return message;
    const { frame } = message;
    return { ...message, frame: { ...frame, slice: (...path) => slice(frame, ...path) } };
  });

const glancing = (change: (seen: Glance, bytes: Buffer) => Glance): Partial<Codec> => ({
  *glance(bytes, limits) {
    return change(yield* glance(bytes, limits), bytes);
  },
});

const broken: readonly (readonly [string, Partial<Codec>])[] = [
  [
    'rounds numbers',
    {
      decodeMessage(bytes, ...rest) {
        const rounded = bytes.toString().replaceAll(/\d{16,}/g, (digits) => String(BigInt(Number(digits))));
        return decodeMessage(Buffer.from(rounded), ...rest);
      },
    },
  ],
  ['cuts ids', decoding((message) => ({ ...message, id: message.id?.slice(0, 20) ?? null }) as Message)],
  [
    'answers with another id',
    { encodeNotificationResponse: (id, ...rest) => encodeNotificationResponse(id.toUpperCase(), ...rest) },
  ],
  ['loses the last entry', { split: (message) => split(message).slice(0, -1) }],
  ['changes the order of entries', { split: (message) => split(message).toReversed() }],
  ['cuts a byte off what a dead letter holds', slicing((frame, path) => frame.slice(path).subarray(1))],
  ['takes the whole frame for the entry', slicing(({ bytes }) => bytes)],
  [
    'lets pass what nests too deep',
    { decodeMessage: (bytes, at, limits) => decodeMessage(bytes, at, { ...limits, maxDepth: 1000 }) },
  ],
  [
    'lets pass too many entries',
    { decodeMessage: (bytes, at, limits) => decodeMessage(bytes, at, { ...limits, maxEntries: 1000 }) },
  ],
  [
    'takes a COMMAND for a CONNECT',
    decoding((message) =>
      message.kind === 'ignored' ? { kind: 'connect', id: message.id, token: '' } : message,
    ),
  ],
  [
    'throws something of its own',
    encoding({
      encode(entry) {
        if (entry.kind !== 'unwritable' && 'status' in entry.fields) throw new TypeError('no status');
        return encode(entry);
      },
    }),
  ],
  [
    'gives up an entry that could be written',
    encoding({
      encode(entry) {
        if (entry.entryIndex === 1) throw new EncodeError('wrong-type', 'its neighbour was wrong');
        return encode(entry);
      },
    }),
  ],
  ['takes another key', encoding({ encode: (entry) => ({ ...encode(entry), key: Buffer.from('key') }) })],
  [
    'writes a byte too many',
    encoding({
      encode(entry) {
        const { value, ...record } = encode(entry);
        return { ...record, value: Buffer.concat([value, Buffer.alloc(1)]) };
      },
    }),
  ],
  [
    'names the wrong reason',
    encoding({
      encodeDeadLetter: (letter, most) => encodeDeadLetter({ ...letter, reason: 'refused' }, most),
    }),
  ],
  [
    'names the wrong place',
    encoding({ encodeDeadLetter: (letter, most) => encodeDeadLetter({ ...letter, path: ['id'] }, most) }),
  ],
  ['counts too few values at a glance', glancing((seen) => ({ ...seen, values: seen.values - 1 }))],
  [
    'sees the id of something else at a glance',
    glancing((seen, bytes) => ({ ...seen, id: /"id":"([^"]*)/.exec(bytes.toString())?.[1] ?? null })),
  ],
  ['cuts dead letters', encoding({ encodeDeadLetter: (letter) => encodeDeadLetter(letter, 10) })],
  [
    'changes the frame',
    decoding((message, bytes) => {
      bytes.fill(0x20, 0, 1);
      return message;
    }),
  ],
  [
    'pollutes a prototype',
    decoding((message) => {
      Reflect.set(Object.prototype, 'polluted', true);
      return message;
    }),
  ],
];

describe('the judge', () => {
  test('has nothing against the bridge itself', () => {
    expect(complaint({})).toBeNull();
  });

  test.each(broken)('sees that a codec %s', (_what, codec) => {
    const seen = complaint(codec);
    Reflect.deleteProperty(Object.prototype, 'polluted');
    expect(seen).not.toBeNull();
  });

  test('sees that a codec spends too much time, or too much memory', () => {
    const bounds = { cpuMs: 20, allocatedBytes: 16 * 1024 * 1024, allocatedPerByte: 0 };
    const slow = decoding((message) => {
      const { user } = process.threadCpuUsage();
      while (process.threadCpuUsage().user - user < 21_000);
      return message;
    });
    const kept: Buffer[] = [];
    const large = decoding((message) => {
      kept.push(Buffer.alloc(17 * 1024 * 1024));
      return message;
    });
    expect(complaint(slow, bounds)).toMatch(/ms of CPU/);
    expect(complaint(large)).toMatch(/bytes allocated/);
  });
});
