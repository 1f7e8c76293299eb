/** The development stack: a real Kafka and a real schema registry on 127.0.0.1, without containers. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError, reasonOf } from '../../src/errors.ts';
import { fetchPrograms, type OnProgress } from './fetch.ts';
import { type Broker, type KafkaProperties, startKafka } from './kafka.ts';
import { ownProcesses } from './processes.ts';
import { startRegistry } from './registry.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface DevStackOptions {
  /** 1 unless said otherwise. With 3, topics can be replicated and need two brokers in sync. */
  readonly brokers?: 1 | 3;
  readonly onProgress?: OnProgress;
  /** Added to each broker's server.properties, and stronger than the stack's own settings. */
  readonly kafkaProperties?: KafkaProperties;
}

/** Disposing of it kills everything and removes the data. */
export interface DevStack extends AsyncDisposable {
  readonly bootstrapServers: string[];
  /** Base URL of the Confluent-compatible API. */
  readonly registryUrl: string;
  readonly brokers: readonly Broker[];
  /** Data and logs: broker-<id>/broker.log, registry/registry.log. */
  readonly runDirectory: string;
}

/**
 * Fetches the programs on first use, then starts Kafka and the registry at the same time.
 * @throws BridgeError (exit 69) when something is missing on the machine, can't be fetched, or doesn't start; in the
 * last case the logs stay, and the message says where.
 */
export async function startDevStack(options: DevStackOptions = {}): Promise<DevStack> {
  const { brokers: count = 1, onProgress, kafkaProperties: properties = {} } = options;
  const programs = await fetchPrograms(onProgress);
  await using starting = new AsyncDisposableStack();
  const run = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-dev-stack-')));
  const processes = starting.use(ownProcesses());
  const parts = { programs, processes, runDirectory: run.path };
  try {
    const [brokers, registryUrl] = await Promise.all([
      startKafka({ ...parts, brokers: count, properties }),
      startRegistry(parts),
    ]);
    const running = starting.move();
    return {
      bootstrapServers: brokers.map(({ port }) => `127.0.0.1:${port}`),
      registryUrl,
      brokers,
      runDirectory: run.path,
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  } catch (error) {
    run.keep();
    const message = `the development stack didn't start (logs and data: ${run.path}): ${reasonOf(error)}`;
    throw new UnavailableError(message, 'dev-stack-start', error);
  }
}
