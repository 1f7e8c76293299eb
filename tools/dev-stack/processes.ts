/**
 * The processes of a stack, and the one promise about them: none outlives the process that started it.
 *
 * Each child is the leader of its own session, so a Ctrl-C in the terminal reaches the owner only and the owner decides.
 * An owner that is killed can decide nothing: `setpriv --pdeathsig` has the kernel kill its children then. Where setpriv
 * is missing (macOS), children still end with every disposal and every exit of the owner, but outlive its SIGKILL.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError } from '../../src/errors.ts';

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

export interface OwnedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly running: boolean;
  /** Resolves when the process has ended, to how: "exit code 1", "SIGKILL". Never rejects. */
  readonly ended: Promise<string>;
  /** Sends a signal; does nothing when the process has ended. */
  signal(signal: NodeJS.Signals): void;
}

export interface Processes extends AsyncDisposable {
  /**
   * Starts a process that appends its output to `logFile`, with the environment of this one unless another is given. Rejects once the
   * owner has been disposed of.
   */
  start(name: string, command: Command, logFile: string, env?: NodeJS.ProcessEnv): Promise<OwnedProcess>;
}

/** An owner of processes: disposing of it kills them all (SIGKILL) and waits until they are gone. */
export function ownProcesses(): Processes {
  const children = new Set<OwnedProcess>();
  let disposed = false;
  const killAll = () => {
    disposed = true;
    for (const child of children) child.signal('SIGKILL');
  };
  // Before the listeners that remove the folders which these processes write to.
  process.prependListener('exit', killAll);
  return {
    async start(name, command, logFile, env = process.env) {
      const child = await startProcess(name, command, logFile, env);
      children.add(child);
      void child.ended.then(() => children.delete(child));
      if (!disposed) return child;
      child.signal('SIGKILL');
      throw new UnavailableError(`${name} was not started: the stack is being stopped`, 'dev-stack-stopped');
    },
    async [Symbol.asyncDispose]() {
      killAll();
      await Promise.all([...children].map((child) => child.ended));
      process.off('exit', killAll);
    },
  };
}

async function startProcess(
  name: string,
  command: Command,
  logFile: string,
  env: NodeJS.ProcessEnv,
): Promise<OwnedProcess> {
  const [program, ...args] = diesWithOwner(command);
  await using log = await open(logFile, 'a');
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log.fd, log.fd], env });
  let running = true;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false;
      resolve(signal ?? `exit code ${code}`);
    });
  });
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new UnavailableError(`${name} has no process id`, 'dev-stack-process');
  return {
    name,
    pid,
    logFile,
    ended,
    get running() {
      return running;
    },
    signal: (signal) => void child.kill(signal),
  };
}

let setprivWorks: boolean | undefined;

/** The same command, killed by the kernel when the thread that starts it ends. It keeps its process id: setpriv execs. */
function diesWithOwner(command: Command): Command {
  setprivWorks ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;
  return setprivWorks ? ['setpriv', '--pdeathsig', 'KILL', ...command] : command;
}

/**
 * Waits until `ready` says yes and the process still lives.
 * @param bound in ms; past it, or when the process ends before, this rejects with the end of its log.
 */
export async function untilReady(
  child: OwnedProcess,
  bound: number,
  ready: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + bound;
  while (!((await ready()) && child.running)) {
    if (!child.running) throw await startFailure(child, `ended (${await child.ended}) before it was ready`);
    if (performance.now() > deadline) throw await startFailure(child, `not ready within ${bound / 1000} s`);
    await delay(READINESS_POLL);
  }
}

/** Waits for the process to end well. @param bound in ms; past it, or on another exit code, this rejects. */
export async function untilDone(child: OwnedProcess, bound: number): Promise<void> {
  const end = await Promise.race([child.ended, delay(bound, undefined, { ref: false })]);
  if (end === undefined) throw await startFailure(child, `took more than ${bound / 1000} s`);
  if (end !== 'exit code 0') throw await startFailure(child, `ended with ${end}`);
}

const READINESS_POLL = 40;

async function startFailure(child: OwnedProcess, what: string): Promise<UnavailableError> {
  const log = lastLines(await readFile(child.logFile, 'utf8'));
  const message = `${child.name}: ${what}; the end of ${child.logFile}:\n${log}`;
  return new UnavailableError(message, 'dev-stack-start');
}

/**
 * Runs a command to its end. @param bound in ms; past it the command is killed.
 * @throws UnavailableError with the end of the command's output.
 */
export async function run(purpose: string, command: Command, bound: number): Promise<void> {
  const [program, ...args] = diesWithOwner(command);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  execFile(program, args, { timeout: bound, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
    if (error === null) return resolve();
    const why = error.killed === true ? `no end within ${bound / 1000} s` : 'it failed';
    const output = lastLines(`${stdout}\n${stderr}`);
    const message = `${purpose}: ${why}: ${command.join(' ')}\n${output}`;
    return reject(new UnavailableError(message, 'dev-stack-command', error));
  });
  return promise;
}

/** The last lines that say something: of an exception its message, not its frames. */
function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  return lines
    .slice(-12)
    .map((line) => `  | ${line}`)
    .join('\n');
}
