import type { Unwritable } from '../split/entry.ts';

/** What became of a message that may be answered. */
export interface DeliveryReport {
  /** `coalesced`: a resend of a message that was committed already, or by the delivery that it joined. */
  readonly outcome: 'delivered' | 'coalesced';
  readonly jobs: number;
  readonly images: number;
  readonly deadLetters: readonly Unwritable[];
}
