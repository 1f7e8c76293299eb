import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atOnce, inTurns, type Pieces } from '../../src/pieces.ts';
import { decodeInPieces, decodeMessage } from '../../src/protocol/codec.ts';
import { arrivedAt, jobsText, limits } from '../helpers/messages.ts';

function* count(to: number, piece: () => void): Pieces<number> {
  for (let n = 0; n < to; n++) {
    piece();
    yield;
  }
  return to;
}

function busyFor(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

test('both ways give what the work gives', async () => {
  expect(atOnce(count(3, () => {}))).toBe(3);
  expect(await inTurns(count(3, () => {}))).toBe(3);
});

test('both ways fail with what a piece fails with', async () => {
  const failing = () =>
    count(3, () => {
      throw new Error('broken');
    });
  expect(() => atOnce(failing())).toThrow('broken');
  await expect(inTurns(failing())).rejects.toThrow('broken');
});

test('others have their turns between long pieces, and no turn is wasted on short ones', async () => {
  const turnsOf = async (pieces: Pieces<number>) => {
    let turns = 0;
    const over = new AbortController();
    const work = inTurns(pieces).finally(() => over.abort());
    for (; !over.signal.aborted; turns++) await setImmediate();
    expect(await work).toBe(5);
    return turns;
  };
  expect(await turnsOf(count(5, () => busyFor(6)))).toBeGreaterThanOrEqual(4);
  expect(await turnsOf(count(5, () => {}))).toBeLessThan(4);
});

test('a large frame is decoded in pieces, to the same message', () => {
  const numbers = Array.from({ length: 30_000 }, (_, n) => `1234567890123456${n}`);
  const bytes = Buffer.from(jobsText(`{"clientName":"c","more":[${numbers.join()}]}`));
  const pieces = decodeInPieces(bytes, arrivedAt, limits);
  let yields = 0;
  let next = pieces.next();
  for (; next.done !== true; next = pieces.next()) yields++;
  expect(yields).toBeGreaterThan(15);
  expect(JSON.stringify(next.value)).toBe(JSON.stringify(decodeMessage(bytes, arrivedAt, limits)));
});
