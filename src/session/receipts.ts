/**
 * Who may receive a large frame: one session of each primary at a time. `ws` keeps what it has of a frame until it is whole, so that each
 * of a primary's sessions could hold an unfinished one of the largest size.
 */
export interface Receipts {
  /** Takes the primary's place, now or when those have given it back who came before. @param given called once it is taken */
  ask(primary: string, given: () => void): Receipt;
}

export interface Receipt {
  /** Gives the place back, or waits no longer. To be called once. */
  end(): void;
}

export function createReceipts(): Receipts {
  const queues = new Map<string, (() => void)[]>();
  return {
    ask(primary, given) {
      const queue = queues.get(primary) ?? [];
      queues.set(primary, queue);
      queue.push(given);
      if (queue.length === 1) given();
      return {
        end() {
          const at = queue.indexOf(given);
          queue.splice(at, 1);
          if (at === 0) queue[0]?.();
          if (queue.length === 0 && queues.get(primary) === queue) queues.delete(primary);
        },
      };
    },
  };
}
