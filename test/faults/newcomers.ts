/** Somebody new at the address, again and again: connects, is authenticated, sends an empty notification, is answered, and goes. */
import { setTimeout as delay } from 'node:timers/promises';
import { newMessageId, nowSeconds, type PreparedMessage } from '../../src/simulator/message.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';

export interface Newcomers extends AsyncDisposable {
  /** How many were served so far. */
  readonly served: number;
  /** What became of the others. */
  readonly failures: readonly string[];
}

/** Short beside everything that an address can go through. In ms. */
const everyMs = 100;
/** NetBackup would send again then. In ms. */
const answerBoundMs = 5_000;

/** @param whose token `probe`'s: nothing of it counts as a primary's traffic, and nothing gets into Kafka */
export function startNewcomers(whose: { url: string; token: string; ca: string }): Newcomers {
  const stopping = new AbortController();
  const failures: string[] = [];
  let served = 0;
  const coming = come();

  async function come(): Promise<void> {
    while (!stopping.signal.aborted) {
      const fault = await one();
      if (fault === null) served++;
      else failures.push(fault);
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  async function one(): Promise<string | null> {
    await using simulator = createSimulator(whose);
    const connected = await simulator.connect();
    if (connected.outcome !== 'established') return `not connected: ${JSON.stringify(connected)}`;
    const answer = simulator.send(emptyNotification()).then(() => null);
    return await Promise.race([answer, delay(answerBoundMs, 'not answered', { ref: false })]);
  }

  return {
    get served() {
      return served;
    },
    failures,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await coming;
    },
  };
}

function emptyNotification(): PreparedMessage {
  const id = newMessageId();
  const envelope = { version: '1.0', id, type: 'NOTIFICATION', subType: 'REQUEST', timeStamp: nowSeconds() };
  return { id, frame: Buffer.from(JSON.stringify({ ...envelope, payload: [] })), entries: 0 };
}
