import { fetchApiTypes } from '../../tools/chart/programs/api-types.ts';
import { fetchHelm } from '../../tools/chart/programs/helm.ts';

/** Fetches once for the run what every file of it uses. */
export async function setup(): Promise<void> {
  const onProgress = (line: string) => void process.stderr.write(`${line}\n`);
  await fetchHelm(onProgress);
  await fetchApiTypes(onProgress);
}
