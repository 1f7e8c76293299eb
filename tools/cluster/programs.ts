/** The programs of a Kubernetes control plane, built once from their Go modules into a folder that is then used offline. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fetchGo } from '../chart/programs/go.ts';
import { fetchModule, type GoModule, KUBERNETES } from '../chart/programs/modules.ts';
import { cacheFolder, type OnProgress } from '../dev-stack/fetch.ts';
import { run } from '../dev-stack/processes.ts';
import { temporaryDirectory } from '../dev-stack/temporary-directory.ts';
import { stagesFrom } from './stages.ts';

/** Paths of programs, and of the rules by which kwok plays a kubelet. */
export interface ClusterPrograms {
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly etcd: string;
  readonly kwok: string;
  readonly kwokStages: string;
}

/** Bounds one build with its downloads, on two cores that are busy. In ms. */
const BUILD_BOUND = 40 * 60_000;

const ETCD = { module: 'go.etcd.io/etcd/server/v3', version: 'v3.7.3' };
const KWOK: GoModule = {
  name: 'sigs.k8s.io/kwok',
  version: 'v0.8.0',
  sum: 'h1:OTIOTwgROqPMovcTwxICx2eYQ4AwLpSx5EpjbDKF4SQ=',
  files: [],
};

/**
 * Builds what is missing: with nothing there about 5 minutes, 600 MB of modules and 400 MB of programs, kept in the cache of the
 * development stack. @throws UnavailableError for a failed download or build
 */
export async function buildCluster(onProgress: OnProgress = () => {}): Promise<ClusterPrograms> {
  const folder = join(cacheFolder(), `kubernetes-${KUBERNETES.version}`);
  const programs: ClusterPrograms = {
    apiServer: join(folder, 'kube-apiserver'),
    controllerManager: join(folder, 'kube-controller-manager'),
    scheduler: join(folder, 'kube-scheduler'),
    etcd: join(folder, `etcd-${ETCD.version}`),
    kwok: join(folder, `kwok-${KWOK.version}`),
    kwokStages: join(folder, `kwok-stages-${KWOK.version}.yaml`),
  };
  const { apiServer, controllerManager, scheduler, etcd, kwok, kwokStages } = programs;
  for (const program of [apiServer, controllerManager, scheduler])
    await provide(program, onProgress, buildKubernetes);
  await provide(etcd, onProgress, buildEtcd);
  await provide(kwok, onProgress, buildKwok);
  await provide(kwokStages, onProgress, async (into) => {
    const text = await stagesFrom(await fetchModule(await fetchGo(), KWOK));
    await writeFile(into, text);
  });
  return programs;
}

type Build = (into: string, work: string) => Promise<void>;

/** Makes the file unless it is there. It appears complete or not at all. */
async function provide(file: string, onProgress: OnProgress, build: Build): Promise<void> {
  if (existsSync(file)) return;
  const began = performance.now();
  onProgress(`building ${file} (once) …`);
  await mkdir(dirname(file), { recursive: true });
  await using work = await temporaryDirectory(`${file}.partial-`);
  const result = join(work.path, file.slice(dirname(file).length + 1));
  await build(result, work.path);
  await rename(result, file);
  onProgress(`… done in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** Kubernetes replaces its own parts by folders of its repository; as a module they are modules of the same release. */
const buildKubernetes: Build = async (into, work) => {
  const go = await fetchGo();
  const source = await fetchModule(go, KUBERNETES);
  const release = KUBERNETES.version.replace('v1.', 'v0.');
  const mod = (await readFile(join(source, 'go.mod'), 'utf8')).replaceAll(
    /^(\s*k8s\.io\/\S+ => )\.\/staging\/src\/(\S+)$/gm,
    (_, left: string, name: string) => `${left}${name} ${release}`,
  );
  const language = /^go \S+$/m.exec(mod)?.[0] ?? '';
  const replaced = mod.slice(mod.indexOf('replace ('));
  const require = `require ${KUBERNETES.name} ${KUBERNETES.version}`;
  await writeFile(join(work, 'go.mod'), `module build\n\n${language}\n\n${require}\n\n${replaced}`);
  await copyFile(join(source, 'go.sum'), join(work, 'go.sum'));
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(KUBERNETES.version) ?? [];
  const facts = { gitVersion: KUBERNETES.version, gitMajor: major, gitMinor: minor };
  const flags = Object.entries(facts).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  const program = into.slice(work.length + 1);
  await build(go, work, into, `${KUBERNETES.name}/cmd/${program}`, flags);
};

const buildEtcd: Build = async (into, work) => {
  const go = await fetchGo();
  await writeFile(join(work, 'go.mod'), 'module build\n\ngo 1.26.0\n');
  await goCommand(go, work, ['get', `${ETCD.module}@${ETCD.version}`]);
  await build(go, work, into, ETCD.module, []);
};

const buildKwok: Build = async (into, work) => {
  const go = await fetchGo();
  await writeFile(join(work, 'go.mod'), 'module build\n\ngo 1.26.0\n');
  await goCommand(go, work, ['get', `${KWOK.name}/cmd/kwok@${KWOK.version}`]);
  await build(go, work, into, `${KWOK.name}/cmd/kwok`, []);
};

async function build(
  go: string,
  work: string,
  into: string,
  main: string,
  flags: readonly string[],
): Promise<void> {
  await goCommand(go, work, [
    'build',
    '-trimpath',
    '-ldflags',
    ['-s', '-w', ...flags].join(' '),
    '-o',
    into,
    main,
  ]);
}

/** The machine's other work goes first. */
async function goCommand(go: string, work: string, args: readonly string[]): Promise<void> {
  const environment = ['CGO_ENABLED=0', 'GOFLAGS=-mod=mod -buildvcs=false'];
  await run(
    `go ${args[0]} in ${work}`,
    ['env', ...environment, 'nice', '-n', '15', go, '-C', work, ...args],
    BUILD_BOUND,
  );
}
