import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { wholeFrames } from '../../../src/kafka/whole-frames.ts';

function frame(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

test('whatever the chunks, every byte of a whole frame is passed on in order, and nothing of a frame that is not whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 4, maxLength: 40 }), { maxLength: 8 }),
      fc.uint8Array({ minLength: 4, maxLength: 40 }),
      fc.nat(43),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (bodies, lastBody, cut, sizes) => {
        const whole = Buffer.concat(bodies.map(frame));
        const last = frame(lastBody);
        const sent = Buffer.concat([whole, last.subarray(0, Math.min(cut, last.length - 1))]);
        const taken: Buffer[] = [];
        const give = wholeFrames((frames) => taken.push(Buffer.from(frames)));
        for (let at = 0, n = 0; at < sent.length; n++) {
          const size = sizes[n % sizes.length] ?? 1;
          give(sent.subarray(at, at + size));
          at += size;
        }
        expect(Buffer.concat(taken)).toEqual(whole);
        for (const frames of taken) {
          let end = 0;
          while (end < frames.length) end += 4 + frames.readInt32BE(end);
          expect(end).toBe(frames.length);
        }
      },
    ),
  );
});

test.each([0, 3, -1, -0x04fe_0000, 0x4854_5450])(
  'a length that no answer has is told once, and nothing is passed on from then: %i',
  (length) => {
    const taken: string[] = [];
    const nonsense: number[] = [];
    const give = wholeFrames(
      (frames) => taken.push(frames.toString('latin1')),
      (seen) => nonsense.push(seen),
    );
    const bad = Buffer.alloc(4);
    bad.writeInt32BE(length);
    const good = frame(Buffer.from('good'));
    give(Buffer.concat([good, bad]));
    give(good);
    expect([taken, nonsense]).toEqual([[good.toString('latin1')], [length]]);
  },
);
