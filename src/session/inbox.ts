import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CodecLimits, decodeInPieces, decodeMessage, largeFrameBytes } from '../protocol/codec.ts';
import type { Message } from '../protocol/message.ts';
import { inTurns } from '../pieces.ts';
import type { Reading } from './reading.ts';
import type { Receipt, Receipts } from './receipts.ts';
import type { Workshop } from './workshop.ts';

export interface InboxOptions {
  readonly primary: string;
  readonly reading: Reading;
  readonly receipts: Receipts;
  readonly workshop: Workshop;
  readonly limits: CodecLimits;
  /** Unix ms. */
  readonly now: () => number;
  /** Takes the next message, unless the session is over by then. @param taken to be called once its records have their places */
  readonly handle: (message: Message, bytes: number, taken: () => void) => void;
}

/**
 * The frames of an authenticated session, in their order. Most are handled at once. What is heavy goes through the workshop, and while it
 * does the socket isn't read; frames that have been read by then wait as bytes.
 */
export interface Inbox {
  /** So many bytes have come, of a frame that isn't whole yet as far as is known. */
  receive(bytes: number): void;
  take(frame: Buffer): void;
  /** Forgets what waits: the session is over, and NetBackup sends again what isn't answered. */
  close(): void;
}

/** From so much on a message is heavy: what it takes in this process, in bytes. Some 200 entries. */
const heavyBytes = 256 * 1024;

export function createInbox(options: InboxOptions): Inbox {
  const { primary, reading, receipts, workshop, limits, now, handle } = options;
  const waiting: Buffer[] = [];
  let working = false;
  /** Since the last frame was whole. */
  let unfinishedBytes = 0;
  let receipt: Receipt | null = null;

  return {
    receive(bytes) {
      unfinishedBytes += bytes;
      if (unfinishedBytes <= largeFrameBytes || receipt !== null) return;
      reading.stop('receipt');
      receipt = receipts.ask(primary, () => reading.goOn('receipt'));
    },
    take(frame) {
      unfinishedBytes = 0;
      if (working || frame.length > largeFrameBytes || !isFree()) return wait(frame);
      const message = decodeMessage(frame, now(), limits);
      if (isHeavy(message)) return wait(frame, message);
      handle(message, frame.length, () => {});
      endReceipt();
    },
    close() {
      waiting.length = 0;
      endReceipt();
      reading.goOn('receipt');
      reading.goOn('heavy');
    },
  };

  function isFree(): boolean {
    return workshop.busy(primary) === null && !workshop.isTurnOver();
  }

  function endReceipt(): void {
    receipt?.end();
    receipt = null;
  }

  function wait(frame: Buffer, message?: Message): void {
    waiting.push(frame);
    if (working) return;
    working = true;
    reading.stop('heavy');
    void work(message);
  }

  /** @param message what the first of the frames holds, where that is known. Never rejects: decoding doesn't */
  async function work(message?: Message): Promise<void> {
    let known = message;
    while (waiting.length > 0) {
      await takeNext(known);
      known = undefined;
    }
    working = false;
    endReceipt();
    reading.goOn('heavy');
  }

  async function takeNext(known: Message | undefined): Promise<void> {
    const leave = await workshop.enter(primary);
    while (workshop.isTurnOver()) await nextTurn();
    // Nothing, where the session was closed meanwhile.
    const frame = waiting.shift();
    if (frame === undefined) return leave();
    const message = known ?? (await inTurns(decodeInPieces(frame, now(), limits)));
    const { promise: taken, resolve } = Promise.withResolvers<void>();
    handle(message, frame.length, resolve);
    await taken;
    leave();
  }
}

function isHeavy(message: Message): boolean {
  return 'weight' in message && message.weight > heavyBytes;
}
