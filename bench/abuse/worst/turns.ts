/** The longest turn of the event loop of a process that was started with the probe. */
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { OwnedProcess } from '../../../tools/dev-stack/processes.ts';
import { type LongestTurn, socketVariable } from './turn-probe.ts';

export const probeFile = fileURLToPath(new URL('./turn-probe.ts', import.meta.url));

/** What a process with the probe needs in its environment. */
export function probeEnvironment(socket: string): NodeJS.ProcessEnv {
  return { [socketVariable]: socket };
}

const pollMs = 250;
/** The connections of a process that is killed end before it is seen to have ended. */
const endMs = 5_000;

/** Asks often, so that a process that is killed has told most of it. The function that it resolves with ends that. */
export async function watchTurns(process: OwnedProcess, socket: string): Promise<() => Promise<LongestTurn>> {
  let longest: LongestTurn = { ms: 0, cpuMs: 0 };
  const stopping = new AbortController();
  // The start isn't to count.
  await ask(socket);
  const watched = watch();
  // Whoever ends it is told.
  watched.catch(() => undefined);

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await delay(pollMs);
      try {
        const { ms, cpuMs } = await ask(socket);
        longest = { ms: Math.max(longest.ms, ms), cpuMs: Math.max(longest.cpuMs, cpuMs) };
      } catch (error) {
        await Promise.race([process.ended, delay(endMs)]);
        if (!process.running) return;
        throw error;
      }
    }
  }

  return async () => {
    stopping.abort();
    await watched;
    return longest;
  };
}

async function ask(socket: string): Promise<LongestTurn> {
  return JSON.parse(await text(createConnection(socket))) as LongestTurn;
}
