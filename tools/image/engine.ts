/**
 * Podman and buildah with files of their own: images are kept in the cache of the development stack, apart from the machine's,
 * and its settings don't count.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf, UnavailableError } from '../../src/errors.ts';
import { cacheFolder } from '../dev-stack/fetch.ts';

/** Runs a program of the engine. @returns its stdout; @throws UnavailableError with the end of its stderr */
export type Engine = (program: 'podman' | 'buildah', ...args: readonly string[]) => Promise<string>;

export interface EngineFiles {
  /** Images and containers. */
  readonly storage: string;
  /** Locks, mounts and networks of this boot. */
  readonly run: string;
  /** Images to be read and not changed. */
  readonly readOnlyStorage?: string;
}

/** A build on a busy machine, downloads included. In ms. */
const commandBoundMs = 10 * 60_000;
const maxOutputBytes = 64 * 1024 * 1024;

/** Where builds put images. */
export function imageStore(): string {
  return join(cacheFolder(), 'images/storage');
}

export async function builder(): Promise<Engine> {
  const folder = join(cacheFolder(), 'images');
  const env = await engineEnvironment(folder, { storage: imageStore(), run: join(folder, 'run') });
  return engine(env);
}

export function engine(env: NodeJS.ProcessEnv): Engine {
  return async (program, ...args) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    // The bridge's own image has to be in Docker's format: OCI's has no HEALTHCHECK.
    execFile(
      program,
      args,
      { env, timeout: commandBoundMs, maxBuffer: maxOutputBytes },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const what = `${program} ${args.slice(0, 2).join(' ')}: ${reasonOf(error).split('\n', 1)[0]}`;
        const end = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
        return reject(new UnavailableError(`${what}\n${end}`, 'image-engine', error));
      },
    );
    return promise;
  };
}

/** Writes the engine's files into the folder. @returns the environment that names them */
export async function engineEnvironment(folder: string, files: EngineFiles): Promise<NodeJS.ProcessEnv> {
  await mkdir(folder, { recursive: true });
  const storageFile = join(folder, 'storage.conf');
  const containersFile = join(folder, 'containers.conf');
  const more = files.readOnlyStorage === undefined ? [] : [files.readOnlyStorage];
  await writeFile(
    storageFile,
    `[storage]
driver = "overlay"
graphroot = ${JSON.stringify(files.storage)}
runroot = ${JSON.stringify(files.run)}
[storage.options]
additionalimagestores = ${JSON.stringify(more)}
`,
  );
  // Where the machine gives no CAP_SYS_RESOURCE, a limit above its own can't be set; crun doesn't take cgroups v1 and v2 side by side;
  // and without systemd nobody but the engine makes cgroups.
  await writeFile(
    containersFile,
    `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = ${JSON.stringify(join(files.run, 'networks'))}
`,
  );
  return { ...process.env, CONTAINERS_CONF: containersFile, CONTAINERS_STORAGE_CONF: storageFile };
}
