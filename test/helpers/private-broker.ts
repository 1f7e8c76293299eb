/** A broker for one test file, so that it can be paused without the rest of the suite noticing. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressText } from '../../src/address.ts';
import { fetchPrograms } from '../../tools/dev-stack/fetch.ts';
import { type Node, startKafka } from '../../tools/dev-stack/kafka.ts';
import { ownProcesses } from '../../tools/dev-stack/processes.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';

export interface PrivateBroker extends AsyncDisposable {
  readonly bootstrapServers: readonly string[];
  /** Stops the process (SIGSTOP): connections stay open, and nothing is answered. */
  pause(): void;
  /** Lets it go on (SIGCONT). */
  resume(): void;
}

/** @param settings of the broker, over those of the stack's @param host an address of this machine, where clients find it */
export async function startPrivateBroker(
  settings: Readonly<Record<string, string>> = {},
  host = '127.0.0.1',
): Promise<PrivateBroker> {
  const programs = await fetchPrograms();
  await using starting = new AsyncDisposableStack();
  const run = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-broker-')));
  const processes = starting.use(ownProcesses());
  // A session is not lost by a pause of some seconds, or the pause would be followed by an election.
  const properties = ({ port, controllerPort }: Node) => {
    const address = `PLAINTEXT://${addressText({ host, port })}`;
    return {
      'broker.session.timeout.ms': '60000',
      listeners: `${address},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': address,
      ...settings,
    };
  };
  const [broker] = await startKafka({ brokers: 1, properties, programs, processes, runDirectory: run.path });
  if (broker === undefined) throw new Error('no broker was started');
  const running = starting.move();
  return {
    bootstrapServers: [addressText({ host, port: broker.port })],
    pause: () => broker.kill('SIGSTOP'),
    resume: () => broker.kill('SIGCONT'),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
