import { join } from 'node:path';
import { cacheFolder, fetchPart, type OnProgress, type Part } from '../../dev-stack/fetch.ts';
import { KUBERNETES } from './modules.ts';

/** A folder with swagger.json, and one with CRDs as YAML. */
export interface ApiTypes {
  readonly swagger: string;
  readonly crds: string;
}

/** Fetches them once, into the cache of the development stack. @throws UnavailableError for a failed download */
export async function fetchApiTypes(onProgress: OnProgress = () => {}): Promise<ApiTypes> {
  const part: Part = {
    folder: join(cacheFolder(), `kubernetes-types-${KUBERNETES.version}`),
    source: `the types of Kubernetes ${KUBERNETES.version} and of CRDs, as Go modules (140 MB, once)`,
    command: (into) => [process.execPath, join(import.meta.dirname, 'unpack-api-types.ts'), into],
  };
  await fetchPart(part, onProgress);
  return { swagger: join(part.folder, 'swagger.json'), crds: join(part.folder, 'crds') };
}
