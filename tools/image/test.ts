/**
 * `npm run test:image`: builds the image and those of Kafka and the registry, and runs the tests of the image on them, in a network of
 * their own. Whatever is given goes to vitest (a file, `-t <name>`).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BridgeError, ExitCode, reasonOf } from '../../src/errors.ts';
import { fetchReader, type OnProgress } from '../dev-stack/fetch.ts';
import { temporaryDirectory } from '../dev-stack/temporary-directory.ts';
import { buildBridge, imageSize } from './build.ts';
import { builder, engineEnvironment, imageStore } from './engine.ts';
import { fetchCheckers } from './checkers.ts';
import { IMAGE } from './names.ts';
import { checkImagePrerequisites } from './prerequisites.ts';
import { buildBases, buildServers } from './stand-ins.ts';

const vitest = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
const progress: OnProgress = (line) => void process.stderr.write(`${line}\n`);
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** All that needs a network. */
async function prepare(): Promise<void> {
  checkImagePrerequisites();
  await fetchReader(progress);
  await fetchCheckers(progress);
  const run = await builder();
  progress('building images (seconds; minutes the first time) ...');
  await buildServers(run, progress);
  await buildBases(run, progress);
  await buildBridge(run, progress);
  const { all, own } = await imageSize(run);
  progress(`${IMAGE.bridge}: ${mebibytes(all)}, ${mebibytes(own)} of it on the base`);
}

/** @returns vitest's exit code */
async function test(passedOn: readonly string[]): Promise<number> {
  // Removed from out here, where nothing is mounted in it any more.
  await using directory = await temporaryDirectory(join(tmpdir(), 'nbwss-image-'));
  const engine = await engineEnvironment(directory.path, {
    storage: join(directory.path, 'storage'),
    run: join(directory.path, 'run'),
    readOnlyStorage: imageStore(),
  });
  const namespaces = ['--net', '--pid', '--mount', '--fork', '--kill-child', '--mount-proc'];
  const apart = [join(import.meta.dirname, 'apart'), join(directory.path, 'engine.log')];
  const tests = [process.execPath, vitest, 'run', '--project', 'image', ...passedOn];
  const command = ['--pdeathsig', 'KILL', 'unshare', ...namespaces, ...apart, ...tests];
  const run = spawn('setpriv', command, {
    stdio: 'inherit',
    env: {
      ...engine,
      DOCKER_HOST: `unix://${join(directory.path, 'podman.sock')}`,
      // Of testcontainers: the first asks for an image of its own, and the second is guessed wrong inside a container.
      TESTCONTAINERS_RYUK_DISABLED: 'true',
      TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
      NBWSS_KAFKA_IMAGE: IMAGE.kafka,
      NBWSS_REGISTRY_IMAGE: IMAGE.registry,
    },
  });
  const [code] = (await once(run, 'exit')) as [number | null];
  return code ?? ExitCode.failure;
}

// A Ctrl-C reaches the tests as well: they end first.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
try {
  await prepare();
  process.exitCode = await test(process.argv.slice(2));
} catch (error) {
  progress(`error: ${reasonOf(error)}`);
  process.exitCode = error instanceof BridgeError ? error.exitCode : ExitCode.internal;
}
