/** Asks a bridge over and over whether Kafka is there for it: `kafka_up` is 1, and it is ready. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { reasonOf } from '../../src/errors.ts';
import { readiness, readMetrics } from '../helpers/admin.ts';

export interface UpWatch extends AsyncDisposable {
  /** Ends it. Fails with what was ever said against it. */
  wasAlwaysUp(): Promise<void>;
}

const everyMs = 100;

export function watchUp(adminUrl: string): UpWatch {
  const stopping = new AbortController();
  const against = new Set<string>();
  let asked = 0;
  const asking = ask();

  async function ask(): Promise<void> {
    for (; !stopping.signal.aborted; asked++) {
      const seen = await readiness(adminUrl);
      if (seen?.status !== 200) against.add(JSON.stringify(seen));
      const up = await readMetrics(adminUrl).then((metrics) => metrics.value('nbwss_kafka_up'), reasonOf);
      if (up !== 1) against.add(`kafka_up is ${up}`);
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await asking;
  }

  return {
    async wasAlwaysUp() {
      await stop();
      expect([...against]).toEqual([]);
      expect(asked).toBeGreaterThan(3);
    },
    [Symbol.asyncDispose]: stop,
  };
}
