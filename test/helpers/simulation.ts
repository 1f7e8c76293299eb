import { expect } from 'vitest';

import type { SimulatorEvent } from '../../src/simulator/events.ts';
import { generateMessages } from '../../src/simulator/generate.ts';
import type { PreparedMessage } from '../../src/simulator/message.ts';
import type { SimulatorOptions } from '../../src/simulator/options.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createTestPki } from '../../tools/certificates.ts';

/** The certificates of the endpoints, which `simulate` trusts. */
export const pki = await createTestPki();

/** A simulator with short times, and a wait for the n-th event of a type. */
export function simulate(url: string, options: Partial<SimulatorOptions> = {}) {
  const events: SimulatorEvent[] = [];
  let told = Promise.withResolvers<void>();
  const simulator = createSimulator({
    url,
    token: 'secret',
    ca: pki.ca,
    scheduledRateMs: 50,
    reconnectMs: 20,
    connectTimeoutMs: 2_000,
    closeTimeoutMs: 500,
    ...options,
    onEvent(event) {
      events.push(event);
      told.resolve();
      told = Promise.withResolvers();
    },
  });
  async function event(type: SimulatorEvent['type'], count = 1): Promise<SimulatorEvent> {
    for (;;) {
      const found = events.filter((candidate) => candidate.type === type)[count - 1];
      if (found !== undefined) return found;
      await told.promise;
    }
  }
  return Object.assign(simulator, { event });
}

/** The same messages with the same ids each time. */
export function messages(count: number): PreparedMessage[] {
  return [...generateMessages({ seed: 7, entriesPerMessage: 2, timeStamp: 1_700_000_000 }).take(count)];
}

export function message(): PreparedMessage {
  const [only] = messages(1);
  if (only === undefined) throw new Error('the generator ended');
  return only;
}

export async function established(simulator: Simulator): Promise<void> {
  expect(await simulator.connect()).toMatchObject({ outcome: 'established' });
}
