import type { ProducerId } from './cluster.ts';
import type { BatchNumber } from './record-batch.ts';

/** Sequence numbers go from 0 to 2^31 - 1, and then from 0 again (KIP-98). */
const sequences = 2 ** 31;

/** How the next batch of a partition is numbered. */
export type Numbering = KnownNumbering | SpoiltNumbering;

export interface KnownNumbering {
  readonly is: 'known';
  readonly next: BatchNumber;
}

/** The next number may be taken already: a new producer id is needed first. */
export interface SpoiltNumbering {
  readonly is: 'spoilt';
  /** A stable code: why. */
  readonly reason: string;
}

/** From 0, under an id that is new to the partition. */
export function numberingFrom({ id, epoch }: ProducerId): KnownNumbering {
  return { is: 'known', next: { producerId: id, producerEpoch: epoch, firstSequence: 0 } };
}

/** Behind a batch of so many records that was confirmed; by nothing else does a number move. */
export function numberingAfter(confirmed: BatchNumber, records: number): KnownNumbering {
  const firstSequence = (confirmed.firstSequence + records) % sequences;
  return { is: 'known', next: { ...confirmed, firstSequence } };
}
