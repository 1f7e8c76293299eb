import type { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.ts';
import { ConfigError, reasonOf } from '../errors.ts';
import { type Files, readCertificate } from '../files.ts';
import { type Credentials, reloadCredentials } from '../session/credentials.ts';
import type { Listener } from '../session/server.ts';
import { CloseCode } from '../session/close-code.ts';
import { type ListenerCertificate, timeFaultOf } from '../session/tls.ts';
import { watchFiles } from './watch-files.ts';

/** What is reloaded: the certificate as a whole, the tokens file by file (stable: logs, metrics). */
export type ReloadKind = 'tokens' | 'certificate';

/** What a reload of the tokens brought: names, never a token. */
export interface TokenChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Primaries that stay, with other tokens than before. */
  readonly changed: readonly string[];
  /** Sessions that were closed because their token is gone. */
  readonly closedSessions: number;
}

export interface ReloadEvents {
  tokensReloaded(changes: TokenChanges): void;
  certificateReloaded(certificate: ListenerCertificate): void;
  /**
   * What was read before stays in use.
   * @param problems one sentence each
   * @param kept the primaries whose tokens stay, while all others are those of the files; null where everything stays
   */
  reloadFailed(kind: ReloadKind, problems: readonly string[], kept: readonly string[] | null): void;
  /** The system doesn't tell of changes there: only the poll finds them. */
  unwatched(directory: string, error: unknown): void;
}

export interface ReloadOptions {
  readonly config: Pick<Config, 'listen' | 'credentials' | 'reload'>;
  /** What is in use now; a reload replaces it. */
  readonly files: Files;
  readonly listener: Pick<Listener, 'sessions' | 'renew'>;
  readonly events: ReloadEvents;
  /** `reload`: read everything again now, and tell also when nothing has changed. */
  readonly commands: EventEmitter<{ reload: [] }>;
  readonly quietMs?: number;
}

/** Takes over tokens and certificate when their files change or `reload` is asked for, until it is disposed. */
export function startReload(options: ReloadOptions): Disposable {
  const { config, events, commands } = options;
  const { pollIntervalMs } = config.reload;
  const { certFile, keyFile, clientCaFile = certFile } = config.listen.tls;
  const running = new DisposableStack();
  const reload = { tokens: tokenReload(options), certificate: certificateReload(options) };
  const watch = (kind: ReloadKind, files: readonly string[], directories: readonly string[]): void => {
    const { quietMs } = options;
    running.use(
      watchFiles({
        files,
        directories,
        pollIntervalMs,
        ...(quietMs !== undefined && { quietMs }),
        onChange: () => reload[kind](false),
        onUnwatched: events.unwatched,
      }),
    );
  };
  watch('tokens', [], [config.credentials.tokenDirectory]);
  watch('certificate', [...new Set([certFile, keyFile, clientCaFile])], []);
  const reloadAll = (): void => Object.values(reload).forEach((each) => each(true));
  commands.on('reload', reloadAll);
  running.defer(() => commands.off('reload', reloadAll));
  return running;
}

/** @param asked whether somebody waits to be told, whatever comes of it. @returns whether what the files hold is in use now */
type Reload = (asked: boolean) => boolean;

interface Reading<T> {
  readonly found: T;
  /** Of what could not be read, and isn't a part of what was found. */
  readonly problems: readonly string[];
  readonly kept: readonly string[];
}

interface Reloadable<T> {
  readonly kind: ReloadKind;
  /** @throws ConfigError for what can't be used at all */
  readonly read: () => Reading<T>;
  readonly isInUse: (found: T) => boolean;
  /** Puts it in use, and tells of it. */
  readonly use: (found: T) => void;
}

/** The same failure is told once, however often it is met; again when something else was taken over meanwhile. */
function reloader<T>({ kind, read, isInUse, use }: Reloadable<T>, events: ReloadEvents): Reload {
  let failure: string | null = null;
  const fail = (problems: readonly string[], kept: readonly string[] | null, again: boolean): false => {
    if (again || problems.join() !== failure) events.reloadFailed(kind, problems, kept);
    failure = problems.join();
    return false;
  };
  return (asked) => {
    try {
      const { found, problems, kept } = read();
      const isComplete = problems.length === 0;
      const isNew = !isInUse(found);
      if (isNew || (isComplete && (asked || failure !== null))) use(found);
      if (!isComplete) return fail(problems, kept, asked || isNew);
      failure = null;
      return true;
    } catch (error) {
      return fail(error instanceof ConfigError ? error.problems : [reasonOf(error)], null, asked);
    }
  };
}

function tokenReload({ config, files, listener, events }: ReloadOptions): Reload {
  return reloader(
    {
      kind: 'tokens',
      read() {
        const { tokenDirectory } = config.credentials;
        const { credentials, problems, kept } = reloadCredentials(tokenDirectory, files.credentials);
        return { found: credentials, problems, kept };
      },
      isInUse: ({ identities }) => isDeepStrictEqual(identities, files.credentials.identities),
      use(credentials) {
        const changes = changesBetween(files.credentials, credentials);
        files.credentials = credentials;
        const revoked = [...listener.sessions].filter(
          ({ identity }) => identity !== null && !credentials.holds(identity),
        );
        for (const session of revoked) session.close(CloseCode.policy, 'token revoked');
        events.tokensReloaded({ ...changes, closedSessions: revoked.length });
      },
    },
    events,
  );
}

function changesBetween(before: Credentials, after: Credentials): Omit<TokenChanges, 'closedSessions'> {
  const added = after.primaries.filter((primary) => !before.primaries.includes(primary));
  const removed = before.primaries.filter((primary) => !after.primaries.includes(primary));
  const others = [
    ...after.identities.filter((identity) => !before.holds(identity)),
    ...before.identities.filter((identity) => !after.holds(identity)),
  ].map(({ primary }) => primary);
  const changed = new Set(others).difference(new Set([...added, ...removed]));
  return { added, removed, changed: [...changed] };
}

function certificateReload({ config, files, listener, events }: ReloadOptions): Reload {
  return reloader(
    {
      kind: 'certificate',
      read: () => ({ found: readCertificate(config), problems: [], kept: [] }),
      isInUse: (certificate) => isDeepStrictEqual(certificate, files.certificate),
      use(certificate) {
        refuseOutOfTime(certificate, config.listen.tls.certFile);
        listener.renew(certificate);
        files.certificate = certificate;
        events.certificateReloaded(certificate);
      },
    },
    events,
  );
}

/** At the start there is no other one; now there is, and it can't be worse. */
function refuseOutOfTime(certificate: ListenerCertificate, certFile: string): void {
  const fault = timeFaultOf(certificate, certFile, Date.now());
  if (fault !== null) throw new ConfigError([`listen.tls.certFile: ${fault.text}`]);
}
