/** The oldest Helm that the chart is for. */
import { join } from 'node:path';
import { cacheFolder, type OnProgress } from '../dev-stack/fetch.ts';
import { buildOf, provide } from './build.ts';

const HELM3 = { program: 'helm.sh/helm/v3/cmd/helm', version: 'v3.18.6' };

/** Builds it on first use, in a minute or two. @returns the program; @throws UnavailableError for a failed download or build */
export async function fetchHelm3(onProgress: OnProgress = () => {}): Promise<string> {
  const { program, version } = HELM3;
  const file = join(cacheFolder(), `helm-${version}`);
  await provide(file, onProgress, buildOf(program, version));
  return file;
}
