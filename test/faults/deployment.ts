/** The bridge as Kubernetes runs the chart's Deployment: replicas behind one address, and an update that replaces them. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inject } from 'vitest';
import { parse } from 'yaml';
import { type BridgeProcess, startBridge } from '../../tools/bridge-process.ts';
import { createTestPki } from '../../tools/certificates.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { readiness } from '../helpers/admin.ts';
import { createTopicsAndSubjects, freshTopics, type Settings, type TopicNames } from '../helpers/bridge.ts';
import type { FaultCluster } from './cluster.ts';
import { logLevel } from './given.ts';
import { startServiceAddress, type ServiceAddress } from './service-address.ts';

/** One replica. */
export interface Pod {
  readonly bridge: BridgeProcess;
  /** Its port behind the address. */
  readonly endpoint: number;
  readonly adminUrl: string;
}

/** How a pod that was told to end has ended. */
export interface Ended {
  /** "exit code 0". */
  readonly end: string;
  /** From SIGTERM on. */
  readonly tookMs: number;
  /** New connections that the address gave it after SIGTERM. */
  readonly latecomers: number;
}

/** A new version on its way. */
export interface Update {
  readonly pods: readonly Pod[];
  /** Resolves when the pods of the old version have ended; never, while those of the new one don't get ready. */
  readonly done: Promise<readonly Ended[]>;
  /** Ends the new pods, and leaves the old ones that are still there. */
  rollBack(): Promise<readonly Ended[]>;
}

export interface Deployment extends AsyncDisposable {
  readonly topics: TopicNames;
  readonly address: ServiceAddress;
  /** What NetBackup connects to. */
  readonly url: string;
  /** Those that serve. */
  readonly pods: readonly Pod[];
  /** Certificate and tokens, which all have in common. */
  readonly identity: Pick<BridgeProcess, 'pki' | 'tokens'>;
  /**
   * Starts as many new pods beside the old ones (maxSurge 100 %). Each that is ready becomes an endpoint, and lets one old pod go
   * (maxUnavailable 0).
   */
  update(how?: UpdateOptions): Promise<Update>;
  /** SIGKILL. The address notices after the lag; a new pod takes the place. Resolves when that one is ready. */
  kill(pod: Pod, removalLagMs: number): Promise<void>;
  /** Lets the folder with the logs stay. @returns its path */
  keepLogs(): string;
}

export interface UpdateOptions {
  /** Over those of the old version. */
  readonly settings?: Settings;
  /** From SIGTERM to the moment when the address gives the pod no new connection any more; 0: both at once. */
  readonly removalLagMs?: number;
}

export interface DeploymentOptions {
  readonly cluster: FaultCluster;
  readonly primaries: readonly string[];
  readonly partitions: number;
  readonly settings: Settings;
}

/** What of the chart's values is played here. */
export const chart = parse(
  readFileSync(join(import.meta.dirname, '../../helm/nbwss-bridge/values.yaml'), 'utf8'),
) as {
  readonly replicas: number;
  readonly strategy: { readonly maxSurge: string; readonly maxUnavailable: number };
  readonly terminationGracePeriodSeconds: number;
};

/** The kubelet asks every few seconds, which makes an update longer and no gap: nothing ends before its successor is ready. In ms. */
const probeIntervalMs = 50;
/** How long a pod that is told to be ready by then may take. In ms. */
const readyBoundMs = 60_000;

export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { cluster, primaries, partitions } = options;
  const topics = freshTopics();
  await createTopicsAndSubjects(topics, { bootstrapServers: cluster.direct, partitions });
  const identity = {
    pki: await createTestPki(),
    tokens: Object.fromEntries(primaries.map((name) => [name, randomBytes(32).toString('base64url')])),
  };
  await using starting = new AsyncDisposableStack();
  const run = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-faults-')));
  const address = starting.use(await startServiceAddress());
  const processes = starting.use(new AsyncDisposableStack());
  const stopping = new AbortController();
  starting.defer(() => stopping.abort());
  const pods = new Set<Pod>();
  let started = 0;

  const first = await startPods({});
  await Promise.all(first.map((pod) => serve(pod, stopping.signal)));
  const running = starting.move();

  return {
    topics,
    identity,
    address,
    url: `wss://127.0.0.1:${address.port}/nbwss`,
    get pods() {
      return [...pods];
    },
    async update({ settings = {}, removalLagMs = 0 } = {}) {
      const old = [...pods];
      const fresh = await startPods(settings);
      const back = new AbortController();
      const signal = AbortSignal.any([back.signal, stopping.signal]);
      const done = Promise.all(
        fresh.map(async (pod, replica) => {
          await serve(pod, signal);
          return await end(old[replica] as Pod, removalLagMs);
        }),
      );
      done.catch(() => {});
      return {
        pods: fresh,
        done,
        rollBack() {
          back.abort(new Error('rolled back'));
          return Promise.all(fresh.map((pod) => end(pod, 0)));
        },
      };
    },
    async kill(pod, removalLagMs) {
      pod.bridge.process.signal('SIGKILL');
      pods.delete(pod);
      await delay(removalLagMs);
      address.remove(pod.endpoint);
      await serve(await startPod({}), stopping.signal);
    },
    keepLogs() {
      run.keep();
      return run.path;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };

  function startPods(settings: Settings): Promise<Pod[]> {
    return Promise.all(Array.from({ length: chart.replicas }, () => startPod(settings)));
  }

  /** @param settings over those of the deployment */
  async function startPod(settings: Settings): Promise<Pod> {
    const directory = join(run.path, String(++started));
    await mkdir(directory);
    const [endpoint, adminPort] = [await freePort(), await freePort()];
    const groups = new Set([options.settings, settings].flatMap((given) => Object.keys(given)));
    const merged = Object.fromEntries(
      [...groups].map((name) => [name, { ...options.settings[name], ...settings[name] }]),
    );
    const bridge = await startBridge({
      bootstrapServers: cluster.proxied,
      registryUrl: inject('registryUrl'),
      directory,
      like: identity,
      settings: {
        log: { level: logLevel },
        ...merged,
        listen: { port: endpoint, ...merged['listen'] },
        admin: { port: adminPort },
        kafka: { brokers: cluster.proxied, topics, ...merged['kafka'] },
      },
      waitUntilReady: false,
    });
    processes.use(bridge);
    return { bridge, endpoint, adminUrl: `http://127.0.0.1:${adminPort}` };
  }

  /** Resolves when the pod is ready, and the address knows. */
  async function serve(pod: Pod, cancel: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([cancel, AbortSignal.timeout(readyBoundMs)]);
    while ((await readiness(pod.adminUrl))?.status !== 200)
      await delay(probeIntervalMs, undefined, { signal });
    signal.throwIfAborted();
    pods.add(pod);
    address.add(pod.endpoint);
  }

  async function end(pod: Pod, removalLagMs: number): Promise<Ended> {
    const begun = performance.now();
    const before = address.given(pod.endpoint);
    const ending = pod.bridge.stop('SIGTERM');
    pods.delete(pod);
    if (removalLagMs > 0) {
      address.prefer(pod.endpoint);
      await delay(removalLagMs);
    }
    address.remove(pod.endpoint);
    const latecomers = address.given(pod.endpoint) - before;
    return { end: await ending, tookMs: performance.now() - begun, latecomers };
  }
}
