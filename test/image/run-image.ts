/** The image run to its end, as `docker run --rm` does. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { getContainerRuntimeClient } from 'testcontainers';
import { IMAGE } from '../../tools/image/names.ts';
import type { CommandResult } from '../helpers/command.ts';
import { HARDENING, USER } from './hardening.ts';

export interface RunOptions {
  /** In place of the image's own, with its arguments. */
  readonly entrypoint?: readonly string[];
  /** As root with the engine's usual capabilities: for looking into every folder. */
  readonly privileged?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The name of a network; by default there is none. */
  readonly network?: string;
  /** "<path here>:<path in there>:ro" */
  readonly binds?: readonly string[];
}

/** Runs the image with these arguments, hardened; rejects only when it can't be started. */
export async function runImage(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  const { entrypoint, privileged = false, env = {}, network = 'none', binds = [] } = options;
  const { container: engine } = await getContainerRuntimeClient();
  const container = await engine.dockerode.createContainer({
    Image: IMAGE.bridge,
    Cmd: [...args],
    User: privileged ? '0:0' : USER,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...(entrypoint === undefined ? undefined : { Entrypoint: [...entrypoint] }),
    HostConfig: {
      ...HARDENING,
      CapDrop: privileged ? [] : HARDENING.CapDrop,
      NetworkMode: network,
      Binds: [...binds],
    },
  });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    engine.dockerode.modem.demuxStream(stream, stdout, stderr);
    stream.once('end', () => {
      stdout.end();
      stderr.end();
    });
    await container.start();
    const { StatusCode: exitCode } = (await container.wait()) as { readonly StatusCode: number };
    return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
  } finally {
    await container.remove({ force: true });
  }
}

/** Runs a module's text in the image's Node.js. @returns its stdout; @throws with its stderr when it fails */
export async function evaluate(
  script: string,
  options: RunOptions & { readonly flags?: readonly string[] } = {},
): Promise<string> {
  const { flags = [], ...rest } = options;
  const { exitCode, stdout, stderr } = await runImage(['--input-type=module', '-e', script], {
    ...rest,
    entrypoint: ['/nodejs/bin/node', ...flags],
  });
  if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${stderr}`);
  return stdout;
}
