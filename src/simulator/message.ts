import { randomUUID } from 'node:crypto';

/** A NOTIFICATION REQUEST that is ready for the wire, so that sending it costs no serialization. */
export interface PreparedMessage {
  readonly id: string;
  /** The whole envelope as UTF-8 JSON; a resend sends exactly these bytes again. */
  readonly frame: Buffer;
  /** How many entries all of its notifications hold together. */
  readonly entries: number;
}

/** A fresh envelope id in NetBackup's spelling: an upper-case UUID. */
export function newMessageId(): string {
  return randomUUID().toUpperCase();
}

/** Now, as the envelope's `timeStamp` has it: Unix seconds. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
