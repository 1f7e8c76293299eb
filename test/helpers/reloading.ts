/** A listener whose tokens and certificate are reloaded from files of the test, with real sockets and real file events. */
import { EventEmitter } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { readFiles } from '../../src/files.ts';
import { type ReloadEvents, startReload } from '../../src/reload/reload.ts';
import { connectRequest, notification, openPeer, type Peer } from './peer.ts';
import { pki } from './simulation.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { startTerminator, type Terminator, type TerminatorOptions, tokens } from './terminator.ts';

type EventName = keyof ReloadEvents;

export interface Reloading extends AsyncDisposable {
  readonly terminator: Terminator;
  /** One file for each primary. */
  readonly tokenDirectory: string;
  /** Holds tls.crt and tls.key. */
  readonly tlsDirectory: string;
  writeToken(primary: string, text: string): void;
  writePair(pair: { readonly cert: string; readonly key: string }): void;
  /** As SIGHUP does it. */
  reload(): void;
  told<Name extends EventName>(name: Name): Parameters<ReloadEvents[Name]>[];
  /** Waits for the n-th event of this name. */
  event<Name extends EventName>(name: Name, count?: number): Promise<Parameters<ReloadEvents[Name]>>;
}

export interface ReloadingOptions {
  readonly terminator?: TerminatorOptions;
  /** So long by default that only events tell of a change. */
  readonly pollIntervalMs?: number;
  /** Fills the two directories. Default: the terminator's tokens and certificate. */
  readonly prepare?: (directories: Pick<Reloading, 'tokenDirectory' | 'tlsDirectory'>) => void;
}

/** Everything that the listener knows has been read once, and every change from now on is told. */
export async function startReloading(options: ReloadingOptions = {}): Promise<Reloading> {
  await using starting = new AsyncDisposableStack();
  const { path } = starting.use(temporaryDirectory());
  const [tokenDirectory, tlsDirectory] = [join(path, 'tokens'), join(path, 'tls')];
  const writeToken = (primary: string, text: string): void =>
    writeFileSync(join(tokenDirectory, primary), text);
  const writePair: Reloading['writePair'] = ({ cert, key }) => {
    writeFileSync(join(tlsDirectory, 'tls.crt'), cert);
    writeFileSync(join(tlsDirectory, 'tls.key'), key);
  };
  mkdirSync(tokenDirectory);
  mkdirSync(tlsDirectory);
  if (options.prepare !== undefined) options.prepare({ tokenDirectory, tlsDirectory });
  else {
    for (const [primary, token] of Object.entries(tokens)) writeToken(primary, token);
    writePair(pki);
  }

  const config = {
    listen: {
      tls: { certFile: join(tlsDirectory, 'tls.crt'), keyFile: join(tlsDirectory, 'tls.key') },
    } as Parameters<typeof startReload>[0]['config']['listen'],
    credentials: { tokenDirectory },
    reload: { pollIntervalMs: options.pollIntervalMs ?? 600_000 },
  };
  const files = readFiles(config);
  const terminator = starting.use(
    await startTerminator({ ...options.terminator, credentials: () => files.credentials }),
  );
  const events = {
    tokensReloaded: vi.fn<ReloadEvents['tokensReloaded']>(),
    certificateReloaded: vi.fn<ReloadEvents['certificateReloaded']>(),
    reloadFailed: vi.fn<ReloadEvents['reloadFailed']>(),
    unwatched: vi.fn<ReloadEvents['unwatched']>(),
  };
  const commands = new EventEmitter<{ reload: [] }>();
  const { listener } = terminator;
  starting.use(startReload({ config, files, listener, events, commands, quietMs: 50 }));
  const running = starting.move();
  const told: Reloading['told'] = (name) => events[name].mock.calls as never;
  return {
    terminator,
    tokenDirectory,
    tlsDirectory,
    writeToken,
    writePair,
    reload: () => void commands.emit('reload'),
    told,
    event: (name, count = 1) =>
      vi.waitFor(
        () => {
          const call = told(name)[count - 1];
          if (call === undefined)
            throw new Error(`${name} was told ${told(name).length} times, not ${count}`);
          return call;
        },
        { timeout: 5_000, interval: 5 },
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** How a session ends whose token is gone. */
export const revoked = { code: 1008, reason: 'token revoked' };

/** A session by this token. */
export async function open(endpoint: Terminator, token: string): Promise<Peer> {
  const peer = await openPeer(endpoint);
  peer.send(connectRequest({ token }));
  expect(await peer.next()).toMatchObject({ type: 'CONNECT', payload: { valid: true } });
  return peer;
}

/** The session is there, and answers. */
export async function expectAnswer(peer: Peer): Promise<void> {
  peer.send(notification('STILL'));
  expect(await peer.next()).toMatchObject({ id: 'STILL', subType: 'RESPONSE' });
}

/** Nobody gets in by this token. */
export async function expectRefusal(endpoint: Terminator, token: string): Promise<void> {
  await using peer = await openPeer(endpoint);
  peer.send(connectRequest({ token }));
  expect(await peer.next()).toMatchObject({ payload: { valid: false } });
  expect(await peer.closed()).toEqual({ code: 1008, reason: 'token refused' });
}
