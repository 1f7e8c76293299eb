/** The bridge as processes behind one address, which stays when they are replaced. */
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type BridgeProcess, startBridge } from '../../tools/bridge-process.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { startTcpProxy, type TcpProxy } from '../../tools/faults/tcp-proxy.ts';
import { createTopicsAndSubjects, freshTopics, type Settings, type TopicNames } from '../helpers/bridge.ts';
import { type ReadBack, readBack } from '../helpers/independent-reader.ts';
import type { FaultCluster } from './cluster.ts';
import { logLevel } from './given.ts';

export interface Bridges extends AsyncDisposable {
  readonly topics: TopicNames;
  /** What NetBackup connects to. */
  readonly url: string;
  /** The address itself. */
  readonly front: TcpProxy;
  /** The newest process. */
  readonly current: BridgeProcess;
  /** Starts one more process with the same settings, certificate and tokens, and gives it the address. */
  replace(): Promise<BridgeProcess>;
  /** Lets the folder with their logs stay. @returns its path */
  keepLogs(): string;
  /** Every record of the topics, at least so many, by an independent client that goes past the proxies. */
  read(atLeast?: number): Promise<ReadBack[]>;
}

export interface BridgesOptions {
  readonly cluster: Pick<FaultCluster, 'direct' | 'proxied'>;
  readonly settings?: Settings;
  readonly partitions?: number;
  readonly primaries?: readonly string[];
}

export async function startBridges({
  cluster,
  settings = {},
  partitions = 12,
  primaries = ['primary1'],
}: BridgesOptions): Promise<Bridges> {
  const topics = freshTopics();
  await createTopicsAndSubjects(topics, { bootstrapServers: cluster.direct, partitions });
  await using starting = new AsyncDisposableStack();
  const run = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-faults-')));
  const front = starting.use(await startTcpProxy(0, await freePort(), 'bytes'));
  let started = 0;
  let current: BridgeProcess | undefined;
  await replace();
  const running = starting.move();
  return {
    topics,
    url: `wss://127.0.0.1:${front.port}/nbwss`,
    front,
    get current() {
      return current as BridgeProcess;
    },
    replace,
    keepLogs() {
      run.keep();
      return run.path;
    },
    async read(atLeast = 0) {
      const readAll = () => readBack(Object.values(topics), { bootstrapServers: cluster.direct, atLeast });
      // A reader that met a broker which just came back may give up: reading again changes nothing.
      return await readAll().catch(readAll);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };

  async function replace(): Promise<BridgeProcess> {
    const directory = join(run.path, String(++started));
    await mkdir(directory);
    const next = await startBridge({
      bootstrapServers: cluster.proxied,
      registryUrl: inject('registryUrl'),
      directory,
      primaries,
      settings: {
        log: { level: logLevel },
        ...settings,
        kafka: { brokers: cluster.proxied, topics, ...settings['kafka'] },
      },
      ...(current === undefined ? undefined : { like: current }),
    });
    (current === undefined ? starting : running).use(next);
    front.target = Number(new URL(next.url).port);
    current = next;
    return next;
  }
}
