/**
 * What batches are compressed with that are read back. The bridge writes gzip and zstd at most, but a topic's `compression.type` has the
 * broker compress again with whatever it names. Libraries that only readers need are loaded when the first such batch comes.
 */
import { promisify } from 'node:util';
import { unzip as unzipCallback, zstdDecompress as zstdCallback } from 'node:zlib';
import { BridgeError, ExitCode, reasonOf } from '../errors.ts';
import { unframed } from './xerial.ts';

/** By their numbers in a batch's attributes. */
export const codecs = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
export type Codec = keyof typeof codecs;

/** What one batch may become: far above any that a broker takes with its defaults, and no bomb. */
export const maxDecompressedBytes = 256 * 1024 * 1024;

const unzip = promisify(unzipCallback);
const zstd = promisify(zstdCallback);

const decompressors: Readonly<Record<Codec, (bytes: Buffer, limit: number) => Promise<Uint8Array>>> = {
  gzip: (bytes, limit) => unzip(bytes, { maxOutputLength: limit }),
  zstd: (bytes, limit) => zstd(bytes, { maxOutputLength: limit }),
  snappy: decompressSnappy,
  lz4: decompressLz4,
};

/** @throws BridgeError `batch-unreadable` where it is no such data, or would be larger than `limit` */
export async function decompress(
  codec: Codec,
  bytes: Buffer,
  limit: number = maxDecompressedBytes,
): Promise<Buffer> {
  try {
    const { buffer, byteOffset, byteLength } = await decompressors[codec](bytes, limit);
    return Buffer.from(buffer, byteOffset, byteLength);
  } catch (error) {
    const message = `a batch that is compressed with ${codec} can't be read, of ${bytes.length} bytes: ${reasonOf(error)}`;
    throw new BridgeError(message, { code: 'batch-unreadable', exitCode: ExitCode.data, cause: error });
  }
}

async function decompressSnappy(bytes: Buffer, limit: number): Promise<Uint8Array> {
  const { uncompress } = await import('snappyjs');
  const parts: Uint8Array[] = [];
  let left = limit;
  for (const block of unframed(bytes)) {
    const part = uncompress<Uint8Array>(block, left);
    left -= part.length;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The library drops what doesn't fit, and tells how much there was. */
async function decompressLz4(bytes: Buffer, limit: number): Promise<Uint8Array> {
  const { decompressBound, decompressFrame } = await import('lz4js');
  // Of its types' void: it is the sum of the blocks' largest sizes.
  const most = Number(decompressBound(bytes));
  const room = new Uint8Array(Math.min(most, limit));
  const length = decompressFrame(bytes, room);
  if (length > room.length) throw new RangeError(`it would become more than ${room.length} bytes`);
  return room.subarray(0, length);
}
