/** How long answers took, in whole ms; null where there were none. A percentile is at most an eighth above the exact one, never below it. */
export interface LatencySummary {
  readonly answers: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export interface SlotSummary extends LatencySummary {
  /** Unix ms. */
  readonly startedAt: number;
}

/** A histogram for each of the last slots of time, in memory that is taken once. */
export interface Latencies {
  /** @param at Unix ms */
  record(ms: number, at: number): void;
  /** Of all slots that are kept together. */
  summary(at: number): LatencySummary;
  /** Every slot that is kept, the one of `at` last. */
  slots(at: number): SlotSummary[];
}

/** Up to here a bucket holds one ms; above, each doubling has eight buckets, up to 70 minutes. */
const exactBelow = 16;
const perOctave = 8;
const firstOctave = 4;
const maxMs = 2 ** 22 - 1;
const buckets = bucketOf(maxMs) + 1;

export function createLatencies(slotCount: number, slotMs: number): Latencies {
  const counts = new Uint32Array(slotCount * buckets);
  /** Which slot of time each place holds, in units of `slotMs` since 1970. */
  const held = new Float64Array(slotCount).fill(-1);

  /** The counts of a slot of time; nothing where it had no answer. */
  function countsOf(tick: number): Uint32Array | null {
    const place = tick % slotCount;
    return held[place] === tick ? counts.subarray(place * buckets, (place + 1) * buckets) : null;
  }

  function ticksUntil(at: number): number[] {
    const last = Math.floor(at / slotMs);
    return Array.from({ length: slotCount }, (_, index) => last - slotCount + 1 + index);
  }

  return {
    record(ms, at) {
      const tick = Math.floor(at / slotMs);
      const place = tick % slotCount;
      if (held[place] !== tick) {
        counts.fill(0, place * buckets, (place + 1) * buckets);
        held[place] = tick;
      }
      const index = place * buckets + bucketOf(ms);
      counts[index] = (counts[index] ?? 0) + 1;
    },
    summary(at) {
      const sum = new Float64Array(buckets);
      for (const tick of ticksUntil(at))
        countsOf(tick)?.forEach((count, bucket) => (sum[bucket] = (sum[bucket] ?? 0) + count));
      return summaryOf(sum);
    },
    slots: (at) =>
      ticksUntil(at).map((tick) => ({ startedAt: tick * slotMs, ...summaryOf(countsOf(tick) ?? []) })),
  };
}

function bucketOf(ms: number): number {
  const whole = Math.min(Math.max(Math.floor(ms), 0), maxMs);
  if (whole < exactBelow) return whole;
  const octave = 31 - Math.clz32(whole);
  return exactBelow + (octave - firstOctave) * perOctave + ((whole >>> (octave - 3)) & (perOctave - 1));
}

/** The largest number of ms in the bucket. */
function upperEndOf(bucket: number): number {
  if (bucket < exactBelow) return bucket;
  const octave = Math.floor((bucket - exactBelow) / perOctave) + firstOctave;
  const part = (bucket - exactBelow) % perOctave;
  return ((perOctave + part + 1) << (octave - 3)) - 1;
}

function summaryOf(counts: ArrayLike<number>): LatencySummary {
  let answers = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) answers += counts[bucket] ?? 0;
  const percentile = (share: number): number | null => {
    let left = Math.max(1, Math.ceil(answers * share));
    for (let bucket = 0; bucket < counts.length; bucket++) {
      left -= counts[bucket] ?? 0;
      if (left <= 0) return upperEndOf(bucket);
    }
    return null;
  };
  return { answers, p50Ms: percentile(0.5), p95Ms: percentile(0.95), p99Ms: percentile(0.99) };
}
