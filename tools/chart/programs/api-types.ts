import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, fetchPart, type OnProgress, type Part } from '../../dev-stack/fetch.ts';
import { KUBERNETES, OLDEST_KUBERNETES } from './modules.ts';
import { fetchStrimziCrds } from './strimzi-crds.ts';

/** Files with the types of Kubernetes, and with CRDs in YAML. */
export interface ApiTypes {
  readonly swagger: string;
  /** Of the oldest release that the chart installs on. */
  readonly oldestSwagger: string;
  /** What an API server gets. */
  readonly crds: readonly string[];
  /** Versions that the projects no longer serve, in CRDs of the same names. */
  readonly olderCrds: readonly string[];
}

/** Fetches them once, into the cache of the development stack. @throws UnavailableError for a failed download */
export async function fetchApiTypes(onProgress: OnProgress = () => {}): Promise<ApiTypes> {
  const part: Part = {
    folder: join(cacheFolder(), `kubernetes-types-${KUBERNETES.version}-${OLDEST_KUBERNETES.version}`),
    source: `the types of Kubernetes ${KUBERNETES.version} and ${OLDEST_KUBERNETES.version} and of CRDs, as Go modules (200 MB, once)`,
    command: (into) => [process.execPath, join(import.meta.dirname, 'unpack-api-types.ts'), into],
  };
  await fetchPart(part, onProgress);
  const strimzi = await fetchStrimziCrds(onProgress);
  const crds = join(part.folder, 'crds');
  return {
    swagger: join(part.folder, 'swagger.json'),
    oldestSwagger: join(part.folder, 'oldest/swagger.json'),
    crds: [...readdirSync(crds).map((file) => join(crds, file)), ...strimzi.current],
    olderCrds: strimzi.v1beta2,
  };
}
