/** What the machine has to have for building and running images, said before anything is begun. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BridgeError, ExitCode } from '../../src/errors.ts';

const PROGRAMS = [
  'podman',
  'buildah',
  'runc',
  'conmon',
  'iptables',
  'mmdebstrap',
  'mvn',
  'python3',
  'unshare',
  'ip',
  'tar',
];

/** @throws BridgeError (exit 69) that names everything that is missing and how to get it */
export function checkImagePrerequisites(
  env: NodeJS.ProcessEnv = process.env,
  uid = process.getuid?.(),
  platform = `${process.platform}-${process.arch}`,
): void {
  const missing: string[] = [];
  // The Node.js of the stand-in base is the one that npm brings for this platform.
  if (platform !== 'linux-x64')
    missing.push(`Linux on x64 (this is ${platform}): build with Docker on the real bases instead`);
  if (uid !== 0) missing.push('root: images are made of files with owners, and containers get a network');
  const programs = PROGRAMS.filter((program) => !onPath(program, env));
  if (programs.length > 0)
    missing.push(
      `${programs.join(', ')}: tools/image/install-tools (Debian, Ubuntu), and maven and python3 with pip`,
    );
  if (missing.length === 0) return;
  throw new BridgeError(
    `the image can't be built or tested here; lacking:\n${missing.map((line) => `  - ${line}`).join('\n')}`,
    { code: 'image-prerequisites', exitCode: ExitCode.unavailable },
  );
}

function onPath(program: string, env: NodeJS.ProcessEnv): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
