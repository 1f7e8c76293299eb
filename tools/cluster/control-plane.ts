/** A Kubernetes control plane on 127.0.0.1, without nodes that run anything. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf, UnavailableError } from '../../src/errors.ts';
import type { OnProgress } from '../dev-stack/fetch.ts';
import { freePort } from '../dev-stack/ports.ts';
import { type OwnedProcess, ownProcesses, type Processes, untilReady } from '../dev-stack/processes.ts';
import { temporaryDirectory } from '../dev-stack/temporary-directory.ts';
import { buildCluster, type ClusterPrograms } from './programs.ts';

/** Disposing of it kills everything and removes the data. */
export interface ControlPlane extends AsyncDisposable {
  /** The file for `--kubeconfig`, of an administrator. */
  readonly kubeconfig: string;
  /** Where the data and logs are. */
  readonly folder: string;
}

/** From the start of a program to its readiness, on a busy machine. In ms. */
const START_BOUND = 120_000;
const TOKEN = 'administrator';

/**
 * Builds the programs on first use, then starts etcd, the API server, the controllers, the scheduler, and kwok as every node's kubelet.
 * @throws UnavailableError when one can't be built or doesn't start; in the last case the logs stay, and the message says where
 */
export async function startControlPlane(onProgress?: OnProgress): Promise<ControlPlane> {
  const programs = await buildCluster(onProgress);
  await using starting = new AsyncDisposableStack();
  const work = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-cluster-')));
  const processes = starting.use(ownProcesses());
  const folder = work.path;
  try {
    const kubeconfig = await startApiServer(programs, processes, folder);
    await startControllers(programs, processes, folder, kubeconfig);
    const running = starting.move();
    return { kubeconfig, folder, [Symbol.asyncDispose]: () => running.disposeAsync() };
  } catch (error) {
    work.keep();
    const message = `the control plane didn't start (logs and data: ${folder}): ${reasonOf(error)}`;
    throw new UnavailableError(message, 'cluster-start', error);
  }
}

/** @returns the kubeconfig */
async function startApiServer(
  { etcd, apiServer }: ClusterPrograms,
  processes: Processes,
  folder: string,
): Promise<string> {
  const [clients, peers, port] = [await freePort(), await freePort(), await freePort()];
  const store = `http://127.0.0.1:${clients}`;
  const flags = [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${store}`,
    `--advertise-client-urls=${store}`,
    `--listen-peer-urls=http://127.0.0.1:${peers}`,
    '--unsafe-no-fsync',
  ];
  await processes.start('etcd', [etcd, ...flags], join(folder, 'etcd.log'));

  const key = join(folder, 'service-account.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const tokens = join(folder, 'tokens.csv');
  await writeFile(tokens, `${TOKEN},admin,admin,system:masters\n`);
  await mkdir(join(folder, 'certificates'));
  const server = await processes.start(
    'kube-apiserver',
    [
      apiServer,
      `--etcd-servers=${store}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${join(folder, 'certificates')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      `--token-auth-file=${tokens}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--endpoint-reconciler-type=none',
      // Nobody mounts a token here, and no controller takes the taint off again.
      '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition',
    ],
    join(folder, 'kube-apiserver.log'),
  );
  const url = `https://127.0.0.1:${port}`;
  await untilReady(server, START_BOUND, () => isReady(`${url}/readyz`));
  const kubeconfig = join(folder, 'kubeconfig.json');
  await writeFile(kubeconfig, JSON.stringify(kubeconfigFor(url)));
  return kubeconfig;
}

/** What makes pods out of Deployments and Jobs, removes what is left over, and plays the nodes. */
async function startControllers(
  { controllerManager, scheduler, kwok, kwokStages }: ClusterPrograms,
  processes: Processes,
  folder: string,
  kubeconfig: string,
): Promise<void> {
  const start = (name: string, command: readonly [string, ...string[]]): Promise<OwnedProcess> =>
    processes.start(name, command, join(folder, `${name}.log`));
  await start('kube-controller-manager', [
    controllerManager,
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--controllers=deployment-controller,replicaset-controller,job-controller,disruption-controller,' +
      'garbage-collector-controller,namespace-controller,endpointslice-controller',
  ]);
  await start('kube-scheduler', [
    scheduler,
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
  ]);
  const address = `127.0.0.1:${await freePort()}`;
  await start('kwok', [
    kwok,
    `--kubeconfig=${kubeconfig}`,
    '--manage-all-nodes',
    `--config=${kwokStages}`,
    `--server-address=${address}`,
  ]);
}

function isReady(url: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  // The certificate is the server's own, made a moment ago.
  const options = { rejectUnauthorized: false, headers: { authorization: `Bearer ${TOKEN}` } };
  request(url, options, (response) => resolve(response.resume().statusCode === 200))
    .on('error', () => resolve(false))
    .end();
  return promise;
}

function kubeconfigFor(server: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'admin', user: { token: TOKEN } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  };
}
