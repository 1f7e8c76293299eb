/** A queue whose `shift` stays constant in time for any length, which neither an array's nor a Map's does. */
export interface Fifo<T> {
  push(item: T): void;
  shift(): T | undefined;
}

/** An empty queue. */
export function createFifo<T>(): Fifo<T> {
  let front: T[] = [];
  let back: T[] = [];
  return {
    push(item) {
      back.push(item);
    },
    shift() {
      if (front.length === 0) {
        front = back.toReversed();
        back = [];
      }
      return front.pop();
    },
  };
}
