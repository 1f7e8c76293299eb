import type { ReadRecord } from '../../src/kafka/read.ts';
import type { PreparedMessage } from '../../src/simulator/message.ts';

/** What was sent, and what came back: the demo's proof. */
export interface Ledger {
  sent(message: PreparedMessage): void;
  read(record: ReadRecord, value: Readonly<Record<string, unknown>> | null): void;
  /** Resolves to true once every record came back as it was sent, to false when `deadline` aborts before. */
  complete(deadline: AbortSignal): Promise<boolean>;
  summary(): string;
}

export function createLedger(): Ledger {
  /** The entries that are still to come, by event name, with the key that each must have. */
  const expected = new Map<string, string>();
  const wrong: string[] = [];
  let total = 0;
  let done = Promise.withResolvers<void>();

  return {
    sent({ id, frame }) {
      const { payload } = JSON.parse(frame.toString()) as { payload: { data: { clientName: string }[] }[] };
      payload
        .flatMap(({ data }) => data)
        .forEach(({ clientName }, index) => {
          expected.set(`${id}/${index}`, clientName);
          total++;
        });
    },
    read({ topic, key }, value) {
      const name = `${String(value?.['messageId'])}/${String(value?.['entryIndex'])}`;
      const clientName = expected.get(name);
      if (clientName === undefined) return;
      if (key !== clientName || value?.['clientName'] !== clientName) wrong.push(`${topic}: ${name}`);
      expected.delete(name);
      if (expected.size === 0) done.resolve();
    },
    async complete(deadline) {
      if (expected.size > 0) {
        done = Promise.withResolvers<void>();
        const late = () => done.resolve();
        deadline.addEventListener('abort', late, { once: true });
        if (!deadline.aborted) await done.promise;
        deadline.removeEventListener('abort', late);
      }
      return expected.size === 0 && wrong.length === 0;
    },
    summary() {
      const missing = [...expected.keys()].map((name) => `  missing: ${name}`);
      const bad = wrong.map((name) => `  wrong: ${name}`);
      return [`${total - expected.size} of ${total} records read back`, ...missing, ...bad].join('\n');
    },
  };
}
