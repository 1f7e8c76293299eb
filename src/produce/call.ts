import type { KafkaRecord } from '../encode/record.ts';

/** A record that Kafka will never take: its place among those that were to be produced, and the broker's code. */
export interface RefusedRecord {
  readonly index: number;
  readonly code: string;
}

/** One call of `produce`: its records go through several lanes, and it is over when the last of them has heard of its own. */
export interface Call {
  readonly done: Promise<readonly RefusedRecord[]>;
  /** So many of its records are confirmed. */
  confirmed(records: number): void;
  refused(index: number, code: string): void;
  failed(error: Error): void;
}

/** A record on its way, and the call that waits for it. */
export interface Item {
  readonly record: KafkaRecord;
  /** What the record takes in a batch, in bytes, at most. */
  readonly bytes: number;
  /** Its place among the records of its call. */
  readonly index: number;
  readonly call: Call;
}

/** @param records how many there are; none: it is over at once */
export function createCall(records: number): Call {
  const { promise, resolve, reject } = Promise.withResolvers<readonly RefusedRecord[]>();
  const refused: RefusedRecord[] = [];
  let open = records;
  const settle = (count: number) => {
    open -= count;
    if (open === 0) resolve(refused.sort((a, b) => a.index - b.index));
  };
  if (records === 0) resolve(refused);
  return {
    done: promise,
    confirmed: settle,
    refused(index, code) {
      refused.push({ index, code });
      settle(1);
    },
    failed: reject,
  };
}

/** Tells each call how many of the items are its own: those of one call stand together in a batch. */
export function confirmAll(items: readonly Item[]): void {
  for (let at = 0; at < items.length;) {
    const { call } = items[at] as Item;
    const first = at;
    while (items[at]?.call === call) at++;
    call.confirmed(at - first);
  }
}
