/** Three brokers, each behind a proxy for the bridge; the brokers among themselves, and the oracle, go past the proxies. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { fetchPrograms } from '../../tools/dev-stack/fetch.ts';
import { type Broker, type KafkaProperties, startKafka } from '../../tools/dev-stack/kafka.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { ownProcesses } from '../../tools/dev-stack/processes.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { type ProxyMode, startTcpProxy, type TcpProxy } from '../../tools/faults/tcp-proxy.ts';

export interface FaultCluster extends AsyncDisposable {
  readonly brokers: readonly Broker[];
  /** In the order of the brokers. */
  readonly proxies: readonly TcpProxy[];
  /** How many faults all proxies have injected so far. */
  readonly faults: number;
  /** For the oracle, and for whoever tells the cluster what to do. */
  readonly direct: readonly string[];
  /** For the bridge; the brokers advertise the proxies there. */
  readonly proxied: readonly string[];
  /** Past the proxies. */
  readonly admin: Admin;
  /** Of all proxies. */
  mode(mode: ProxyMode): Promise<void>;
  /** kill -9. */
  crash(broker: Broker): void;
  /** Until `heal`, or its SIGCONT. */
  pause(broker: Broker): void;
  /** Ends every fault. Resolves when all three brokers serve again. */
  heal(): Promise<void>;
}

/** A restarted broker waits for its old session to expire (3 s) and starts in a few seconds more. In ms. */
const healBoundMs = 30_000;

/** @param settings of each broker, over those of the stack's */
export async function startFaultCluster(settings: KafkaProperties = {}): Promise<FaultCluster> {
  const programs = await fetchPrograms();
  await using starting = new AsyncDisposableStack();
  const run = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-faults-')));
  const processes = starting.use(ownProcesses());
  const proxies: TcpProxy[] = [];
  for (let node = 1; node <= 3; node++)
    proxies.push(starting.use(await startTcpProxy(await freePort(), await freePort(), 'kafka')));
  const brokers = await startKafka({
    brokers: 3,
    programs,
    processes,
    runDirectory: run.path,
    properties({ id, port, controllerPort }) {
      const proxy = proxies[id - 1] as TcpProxy;
      const at = (name: string, number: number) => `${name}://127.0.0.1:${number}`;
      const own = [at('PLAINTEXT', port), at('CONTROLLER', controllerPort)];
      return {
        listeners: [...own, at('PROXIED', proxy.target)].join(','),
        'advertised.listeners': [at('PLAINTEXT', port), at('PROXIED', proxy.port)].join(','),
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT',
        'delete.topic.enable': 'true',
        ...settings,
      };
    },
  });
  const direct = brokers.map(({ port }) => `127.0.0.1:${port}`);
  const admin = new Kafka({ brokers: direct, logLevel: logLevel.NOTHING }).admin();
  const down = new Set<Broker>();
  const paused = new Set<Broker>();
  await admin.connect();
  starting.defer(() => admin.disconnect());
  const running = starting.move();

  return {
    brokers,
    proxies,
    get faults() {
      return proxies.reduce((sum, proxy) => sum + proxy.faults, 0);
    },
    direct,
    admin,
    proxied: proxies.map(({ port }) => `127.0.0.1:${port}`),
    async mode(mode) {
      await Promise.all(proxies.map((proxy) => proxy.mode(mode)));
    },
    crash(broker) {
      broker.kill('SIGKILL');
      down.add(broker);
    },
    pause(broker) {
      broker.kill('SIGSTOP');
      paused.add(broker);
    },
    async heal() {
      for (const broker of paused) broker.kill('SIGCONT');
      paused.clear();
      for (const proxy of proxies) {
        proxy.delayMs = 0;
        proxy.failProduce('lose-response', 0);
        proxy.cutAfter(Infinity, 'request');
        proxy.cutAfter(Infinity, 'response');
        await proxy.mode('pass');
      }
      await Promise.all([...down].map((broker) => broker.restart()));
      down.clear();
      await vi.waitFor(async () => expect((await admin.describeCluster()).brokers).toHaveLength(3), {
        timeout: healBoundMs,
        interval: 200,
      });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
