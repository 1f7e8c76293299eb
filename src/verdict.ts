import { type BridgeError, ExitCode } from './errors.ts';

/** What a check found out about one thing that the settings name (`check-config`). */
export interface Verdict {
  /** The setting that it is about: `listen.tls.certFile`. */
  readonly what: string;
  /** A warning doesn't keep the bridge from working now; a failure does. */
  readonly state: 'ok' | 'warning' | 'failed';
  /** One sentence: what was seen, what comes of it, and what to do about it. */
  readonly text: string;
  /** What a failure is for the exit code; without it something that only another configuration, or another file, mends (78). */
  readonly exitCode?: ExitCode;
}

/** A verdict on what only the caller can name. */
export type Judgement = Omit<Verdict, 'what'>;

/** The worst first: what has to be changed here, what others have to allow or to change, what may mend by itself. */
const bySeverity: readonly ExitCode[] = [
  ExitCode.internal,
  ExitCode.config,
  ExitCode.denied,
  ExitCode.data,
  ExitCode.unavailable,
];

/** What a command exits with after these verdicts. */
export function exitCodeOf(verdicts: readonly Judgement[]): ExitCode {
  const failed = verdicts.filter(({ state }) => state === 'failed');
  const codes = failed.map(({ exitCode = ExitCode.config }) => exitCode);
  return bySeverity.find((code) => codes.includes(code)) ?? ExitCode.ok;
}

/** A failure that an error tells of, with the exit code that a command would have by it. */
export function failureOf(error: BridgeError): Judgement {
  return { state: 'failed', text: error.message, exitCode: error.exitCode };
}
