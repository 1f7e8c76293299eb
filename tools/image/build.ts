/** Builds the bridge's image from the repository's Dockerfile, on the stand-in bases. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { reasonOf } from '../../src/errors.ts';
import type { OnProgress } from '../dev-stack/fetch.ts';
import type { Engine } from './engine.ts';
import { IMAGE } from './names.ts';

const root = join(import.meta.dirname, '../..');

/** Builds it; layers whose sources are unchanged are taken from the last build. @throws UnavailableError */
export async function buildBridge(run: Engine, onProgress: OnProgress): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const flags = [
    'bud',
    '--quiet',
    '--layers',
    '--force-rm',
    '--isolation=chroot',
    '--network=host',
    // OCI's own format has no HEALTHCHECK.
    '--format=docker',
    // Set by Docker itself.
    '--build-arg=BUILDPLATFORM=linux/amd64',
    `--build-arg=BUILD_IMAGE=${IMAGE.buildBase}`,
    `--build-arg=RUN_IMAGE=${IMAGE.runBase}`,
    `--build-arg=VERSION=${version}`,
    `--build-arg=REVISION=${await revision()}`,
  ];
  await run('buildah', ...flags, '--target=dependencies', `--tag=${IMAGE.bridgeDependencies}`, root);
  await run('buildah', ...flags, '--target=build', `--tag=${IMAGE.bridgeBuild}`, root);
  await run('buildah', ...flags, `--tag=${IMAGE.bridge}`, root);
  // A build that runs beside this one, or that was killed, holds on to some: they stay for the next time.
  await run('podman', 'image', 'prune', '--force').catch((error: unknown) => onProgress(reasonOf(error)));
}

/** Bytes of the unpacked image, and of its layers that the base hasn't. */
export async function imageSize(run: Engine): Promise<{ readonly all: number; readonly own: number }> {
  const size = async (image: string) =>
    Number(await run('podman', 'image', 'inspect', '--format={{.Size}}', image));
  const all = await size(IMAGE.bridge);
  return { all, own: all - (await size(IMAGE.runBase)) };
}

/** The commit, as far as there is one: sources may come as an archive. */
async function revision(): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['-C', root, 'rev-parse', 'HEAD']).catch(() => ({
    stdout: 'unknown',
  }));
  return stdout.trim();
}
