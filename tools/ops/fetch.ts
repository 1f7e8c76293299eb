/** Gets Prometheus and promtool: from Debian's package, unpacked into the cache of the development stack and not installed. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder, fetchPart, type OnProgress } from '../dev-stack/fetch.ts';

export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/** Downloaded by apt, which checks its signature; an image without package lists fetches them first. */
const download = `cd "$1" &&
{ apt-get -q download prometheus || { apt-get -q update && apt-get -q download prometheus; }; } &&
dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb`;

/** Those on the PATH where both are there. @throws UnavailableError for a failed download, also on a machine without apt */
export async function fetchPrometheus(onProgress: OnProgress = () => {}): Promise<PrometheusPrograms> {
  const prometheus = onPath('prometheus');
  const promtool = onPath('promtool');
  if (prometheus !== undefined && promtool !== undefined) return { prometheus, promtool };
  const folder = join(cacheFolder(), 'prometheus-debian');
  await fetchPart(
    {
      folder,
      source: "Prometheus from Debian's package (19 MB, once; or install prometheus and promtool yourself)",
      command: (into) => ['sh', '-c', download, 'download', into],
    },
    onProgress,
  );
  return { prometheus: join(folder, 'usr/bin/prometheus'), promtool: join(folder, 'usr/bin/promtool') };
}

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find(existsSync);
}
