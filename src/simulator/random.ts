/** A fast pseudo-random source (mulberry32): the same seed, the same sequence, on every machine. Not for secrets. */
export interface Random {
  /** Uniform over the 32-bit unsigned integers. */
  bits(): number;
  /** An element of a list that isn't empty; what stands there several times comes up more often. */
  pick<T>(list: readonly [T, ...T[]]): T;
  /** An upper-case UUID of version 4. */
  uuid(): string;
}

/** The same seed gives the same numbers. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function bits(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
  const hex = (): string => bits().toString(16).toUpperCase().padStart(8, '0');
  return {
    bits,
    pick: (list) => list[bits() % list.length] ?? list[0],
    uuid() {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()];
      const variant = '89AB'.charAt(bits() % 4);
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
  };
}
