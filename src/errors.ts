/**
 * What can go wrong, as types. Every error carries a stable `code` (for logs, metrics and dead letters), says whether
 * trying the same again can help (`retryable`), and keeps its cause. Nothing decides by matching message text.
 */
import { basename } from 'node:path';
import { addressText } from './address.ts';

/** Exit codes of sysexits.h that the commands use. */
export const ExitCode = {
  ok: 0,
  failure: 1,
  usage: 64,
  data: 65,
  unavailable: 69,
  internal: 70,
  denied: 77,
  config: 78,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

interface BridgeErrorOptions {
  readonly code: string;
  readonly retryable?: boolean;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** The base of all errors that this program raises itself. The message says what, where, why and what to do. */
export class BridgeError extends Error {
  override readonly name: string = 'BridgeError';
  /** Stable, kebab-case, safe as a metric label. */
  readonly code: string;
  /** True when the same call may succeed later without a change of its input. */
  readonly retryable: boolean;
  /** What a command that ends with this error exits with. */
  readonly exitCode: ExitCode;
  /** True where no waiting helps a start: what is wrong can't change while the process lives. */
  readonly isFinal: boolean = false;

  constructor(
    message: string,
    { code, retryable = false, exitCode = ExitCode.internal, cause }: BridgeErrorOptions,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    this.exitCode = exitCode;
  }
}

/** The command line can't be understood (exit 64). */
export class UsageError extends BridgeError {
  override readonly name = 'UsageError';
  constructor(message: string) {
    super(message, { code: 'usage', exitCode: ExitCode.usage });
  }
}

/** One or more settings are wrong, or name something that isn't usable (exit 78). Lists every problem at once. */
export class ConfigError extends BridgeError {
  override readonly name = 'ConfigError';
  /** One sentence for each problem, each beginning with the setting's path. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], cause?: unknown) {
    super(
      `the configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`,
      {
        code: 'config',
        exitCode: ExitCode.config,
        cause,
      },
    );
    this.problems = problems;
  }
}

/** Something outside that we need doesn't answer, or not in time (exit 69). */
export class UnavailableError extends BridgeError {
  override readonly name = 'UnavailableError';
  constructor(message: string, code: string, cause?: unknown) {
    super(message, { code, retryable: true, exitCode: ExitCode.unavailable, cause });
  }
}

/** An address that can't be bound, as one clear message. @param group the settings' group: `listen` or `admin` */
export function listenError(
  group: 'listen' | 'admin',
  host: string,
  port: number,
  error: unknown,
): BridgeError {
  const code = (error as NodeJS.ErrnoException).code;
  const what =
    code === 'EADDRINUSE'
      ? 'another process has it: stop that one'
      : code === 'EACCES'
        ? 'this user may not bind it: ports below 1024 need CAP_NET_BIND_SERVICE'
        : reasonOf(error);
  const message = `can't listen on ${addressText({ host, port })}: ${what}, or choose another with ${group}.port and ${group}.host`;
  return new BridgeError(message, { code: 'listen', exitCode: ExitCode.unavailable, cause: error });
}

/** The text of an unknown thrown value, for messages; never throws itself. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown instanceof AggregateError && thrown.message === '')
    return thrown.errors.map(reasonOf).join('; ');
  return thrown.message;
}

const nobodyThere: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

/** Whether a connection reached nobody, anywhere in the causes: the address is wrong, or what should be there is away. */
export function isNobodyThere(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return ('code' in thrown && nobodyThere.has(String(thrown.code))) || isNobodyThere(thrown.cause);
}

/** The system's words for these name what was called, and not always the file. */
const fileFaults: Readonly<Record<string, string>> = {
  ENOENT: 'there is nothing of that name',
  ENOTDIR: 'what should be a directory on its path is a file',
  EISDIR: 'it is a directory, not a file',
  EACCES: 'this user may not read it',
};

/** Why a file can't be read, for a message that names it; never throws itself. */
export function fileFaultOf(thrown: unknown): string {
  const code = codeOf(thrown);
  const words = fileFaults[code];
  return words === undefined ? reasonOf(thrown) : `${words} (${code})`;
}

/**
 * The same for a file, or a directory, that the bridge is given with a secret or a certificate, and what to do.
 * @param missing what to do where it isn't there; default: what to do about a file
 */
export function mountFaultOf(thrown: unknown, path: string, missing?: string): string {
  const fault = fileFaultOf(thrown);
  const code = codeOf(thrown);
  if (code === 'EACCES')
    return `${fault}: let uid ${process.getuid?.()}, which this process has, read it and enter the directories above it (chown, chmod)`;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return fault;
  const mend = missing ?? 'put it there';
  const key = missing === undefined ? `, and has the key ${basename(path)}` : '';
  return `${fault}: ${mend}; where a Secret should be mounted, see that it is${key}`;
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

/** What may be told of a thrown value by somebody who doesn't know where it comes from. */
export interface Fault {
  readonly reason: string;
  /** The places in the code, without the message. */
  readonly stack?: string;
}

/**
 * A fault for a log. Errors of ours, and those of the system, say what they say. Of any other only the kind and the places in the code are
 * told: the texts of JavaScript and of libraries quote the values that they stumble over, and those may be a payload or a token.
 * Never throws itself.
 */
export function faultOf(thrown: unknown): Fault {
  if (!(thrown instanceof Error)) return { reason: `a thrown ${typeof thrown}` };
  const { code, syscall, stack = '', message } = thrown as NodeJS.ErrnoException;
  if (thrown instanceof BridgeError || typeof syscall === 'string') return { reason: message };
  // The stack begins with the message as it was when the error was made.
  const places = stack.includes(message) ? stack.slice(stack.indexOf(message) + message.length) : '';
  return {
    reason: `unexpected ${thrown.constructor.name}${typeof code === 'string' ? ` (${code})` : ''}`,
    stack: places
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
  };
}
