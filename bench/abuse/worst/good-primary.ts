/** A primary that behaves, and how long it waits for its answers. */
import { setTimeout as delay } from 'node:timers/promises';
import { addressOf, type Endpoint, textFrame } from '../wire.ts';
import { openSession, type Session } from './session.ts';
import { list, message, notification, numbered } from './shape-parts.ts';

/** Messages of ten jobs. */
const template = Buffer.from(
  message(notification(list(10, (n) => `{"jobId":${n},"clientName":"good${n}","state":"DONE","status":0}`))),
);
const pauseMs = 20;
const reconnectMs = 20;
/** Nothing that is still unanswered then is waited for. */
const mostMs = 20_000;
const firstAddress = 70_000;

/** Connects, and begins to send. The function that it resolves with ends that, and tells the longest wait for an answer in ms. */
export async function startGoodPrimary(endpoint: Endpoint, token: string): Promise<() => Promise<number>> {
  let addresses = firstAddress;
  let session: Session | null = await open();
  const stopping = new AbortController();
  let longest = 0;
  const running = run();

  function open(): Promise<Session> {
    return openSession(endpoint, token, addressOf(addresses++));
  }

  /** Connects again where it has to, as NetBackup does. */
  async function send(number: number, begun: number): Promise<void> {
    while (performance.now() - begun < mostMs) {
      try {
        session ??= await open();
        const answer = session.answer(number);
        await Promise.all([answer, session.write(textFrame(numbered(template, number).toString()))]);
        return;
      } catch {
        session = null;
        if (stopping.signal.aborted) return;
        await delay(reconnectMs);
      }
    }
  }

  async function run(): Promise<void> {
    for (let number = 1; !stopping.signal.aborted; number++) {
      const begun = performance.now();
      await Promise.race([send(number, begun), delay(mostMs, undefined, { ref: false })]);
      longest = Math.max(longest, performance.now() - begun);
      await delay(pauseMs);
    }
  }

  return async () => {
    stopping.abort();
    await running;
    session?.[Symbol.dispose]();
    return longest;
  };
}
