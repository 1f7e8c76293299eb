/** How long the event loop of a process stood still, beside that of one that has nothing to do: the machine's own pauses are in both. */
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Processes } from '../tools/dev-stack/processes.ts';
import { socketVariable } from './stall-probe.ts';

/** A process that was started with the probe. */
export interface Probed {
  readonly probeSocket: string;
}

export const probeFile = fileURLToPath(new URL('./stall-probe.ts', import.meta.url));

/** What a process with the probe needs in its environment. */
export function probeEnvironment({ probeSocket }: Probed): NodeJS.ProcessEnv {
  return { [socketVariable]: probeSocket };
}

/** A start takes 0.1 s on an idle machine. */
const startBoundMs = 10_000;
const startPollMs = 20;

/** Starts a Node.js that does nothing. */
export async function startIdleProcess(processes: Processes, directory: string): Promise<Probed> {
  const idle = { probeSocket: join(directory, 'idle.sock') };
  const forEver = 'setInterval(() => undefined, 2 ** 30)';
  const command = [process.execPath, '--import', probeFile, '-e', forEver] as const;
  await processes.start('the idle process', command, join(directory, 'idle.log'), {
    ...process.env,
    ...probeEnvironment(idle),
  });
  await untilAnswering(idle);
  return idle;
}

/** Begins to watch. The function that it resolves with ends that, and tells the longest stall in ms beyond that of the idle process. */
export async function watchStalls(watched: Probed, idle: Probed): Promise<() => Promise<number>> {
  const longest = () => Promise.all([longestDelay(watched), longestDelay(idle)]);
  await longest();
  return async () => {
    const [own, ofMachine] = await longest();
    return own - ofMachine;
  };
}

/** Since it was last asked, in ms. */
async function longestDelay({ probeSocket }: Probed): Promise<number> {
  return Number(await text(createConnection(probeSocket)));
}

async function untilAnswering(probed: Probed): Promise<void> {
  const deadline = performance.now() + startBoundMs;
  for (;;) {
    try {
      await longestDelay(probed);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(startPollMs);
    }
  }
}
