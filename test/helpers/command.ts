/** `nbwss-bridge` as its user runs it: a process with arguments, two streams and an exit code. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { mainFile } from '../../tools/bridge-process.ts';

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Added to an environment without any NBWSS_ variable. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What is on its stdin; by default nothing. */
  readonly input?: string | Buffer;
  /** Above the bounds of any command that ends by itself, in ms; past it the command is killed. */
  readonly timeoutMs?: number;
}

/** Runs the command to its end; rejects only when it can't be started. */
export async function nbwssBridge(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { env = {}, cwd, input = '', timeoutMs = 30_000 } = options;
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('NBWSS_'));
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', mainFile, ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    ...(cwd === undefined ? undefined : { cwd }),
  });
  // A command that doesn't read it may be gone already.
  child.stdin.on('error', () => {}).end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { exitCode, stdout, stderr };
}

/** The command's stdout. @throws with its stderr when it fails */
export async function outputOf(args: readonly string[], options?: CommandOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await nbwssBridge(args, options);
  if (exitCode !== 0)
    throw new Error(`nbwss-bridge ${args.slice(0, 2).join(' ')}: exit ${exitCode}: ${stderr}`);
  return stdout;
}
