/** `npm run image`: builds the image on stand-in bases, from what package registries have, and tells its size. */
import { BridgeError, ExitCode, reasonOf } from '../../src/errors.ts';
import { buildBridge, imageSize } from './build.ts';
import { builder, imageStore } from './engine.ts';
import { IMAGE } from './names.ts';
import { checkImagePrerequisites } from './prerequisites.ts';
import { buildBases } from './stand-ins.ts';

const progress = (line: string) => void process.stderr.write(`${line}\n`);
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

try {
  checkImagePrerequisites();
  const run = await builder();
  await buildBases(run, progress);
  await buildBridge(run, progress);
  const { all, own } = await imageSize(run);
  progress(`${IMAGE.bridge} in ${imageStore()}: ${mebibytes(all)}, ${mebibytes(own)} of it on the base`);
} catch (error) {
  progress(`error: ${reasonOf(error)}`);
  process.exitCode = error instanceof BridgeError ? error.exitCode : ExitCode.internal;
}
