import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compress as compressLz4 } from 'lz4js';
import { compress as compressSnappy } from 'snappyjs';
import { expect, test } from 'vitest';
import { ExitCode } from '../../../src/errors.ts';
import { decompress } from '../../../src/kafka/codecs.ts';
import { int32 } from './wire.ts';

/** More than a block of 64 KiB, and neither all the same nor all different. */
const plain = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `record ${i % 97} ${i * 7919};`).join(''));

/** As snappy-java's SnappyOutputStream: its header, version 1 and lowest version 1, then blocks of 32 KiB. */
function xerial(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = compressSnappy(bytes.subarray(at, at + 32_768));
    blocks.push(int32(block.length), Buffer.from(block));
  }
  return Buffer.concat([Buffer.from('\x82SNAPPY\0', 'latin1'), int32(1), int32(1), ...blocks]);
}

const given = [
  ['gzip', gzipSync(plain)],
  ['zstd', zstdCompressSync(plain)],
  ['lz4', Buffer.from(compressLz4(plain))],
  ['snappy', Buffer.from(compressSnappy(plain))],
  ['snappy', xerial(plain)],
] as const;

test.each(given)('what was compressed with %s is what it was', async (codec, bytes) => {
  expect(plain.equals(await decompress(codec, bytes))).toBe(true);
  expect(plain.equals(await decompress(codec, bytes, plain.length))).toBe(true);
});

test.each(given)('of %s nothing becomes larger than the limit', async (codec, bytes) => {
  await expect(decompress(codec, bytes, plain.length - 1)).rejects.toMatchObject({
    code: 'batch-unreadable',
    exitCode: ExitCode.data,
    message: expect.stringMatching(
      new RegExp(`^a batch that is compressed with ${codec} can't be read, of ${bytes.length} bytes: .`),
    ),
  });
});

test.each(given)('what is no %s is told so', async (codec) => {
  const rejected = { code: 'batch-unreadable', exitCode: ExitCode.data };
  await expect(decompress(codec, Buffer.alloc(40, 0xfe))).rejects.toMatchObject(rejected);
});

test('a block of snappy that is cut off is not taken for the end', async () => {
  const bytes = xerial(plain);
  for (const cut of [bytes.length - 1, 18])
    await expect(decompress('snappy', bytes.subarray(0, cut))).rejects.toMatchObject({
      message: expect.stringMatching(/its block at \d+ is cut off/),
    });
});
