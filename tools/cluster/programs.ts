/** The programs of a Kubernetes control plane, built once from their Go modules into a folder that is then used offline. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchGo } from '../chart/programs/go.ts';
import { fetchModule, type GoModule, KUBERNETES } from '../chart/programs/modules.ts';
import { cacheFolder, type OnProgress } from '../dev-stack/fetch.ts';
import { type Build, build, buildOf, provide } from './build.ts';
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
  await provide(etcd, onProgress, buildOf(ETCD.module, ETCD.version));
  await provide(kwok, onProgress, buildOf(`${KWOK.name}/cmd/kwok`, KWOK.version));
  await provide(kwokStages, onProgress, async (into) => {
    const text = await stagesFrom(await fetchModule(await fetchGo(), KWOK));
    await writeFile(into, text);
  });
  return programs;
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
