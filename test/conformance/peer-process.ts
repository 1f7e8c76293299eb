/** A WebSocket client in another language as a process: told what to do line by line, and telling what it sees. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import type { PeerProgram } from './peer-programs.ts';

interface PeerEvent {
  readonly event: 'open' | 'text' | 'ping' | 'pong' | 'close' | 'error';
  /** The text, the payload of a ping or pong, the code of a close. */
  readonly data: string;
}

export interface PeerOptions {
  readonly url: string;
  /** PEM */
  readonly ca: string;
  readonly tls?: 'TLSv1.2' | 'TLSv1.3';
}

export interface PeerProcess extends AsyncDisposable {
  /** All that it has told so far. */
  readonly events: readonly PeerEvent[];
  /** Sends a text message in fragments of so many characters. */
  send(message: string | object, fragment?: number): Promise<void>;
  ping(payload: string): void;
  close(code: number): void;
  /** Waits for the n-th event of this kind. @returns its data */
  told(event: PeerEvent['event'], count?: number): Promise<string>;
  /** Waits for the n-th text. @returns it parsed */
  answer(count?: number): Promise<Record<string, unknown>>;
}

/** Above what a slow machine takes for anything that is to come at all, in ms. */
const boundMs = 30_000;
/** A message that isn't to be fragmented. */
const whole = 1e9;

/** Starts the peer and waits until its WebSocket is open. Disposal kills it. */
export async function startPeer(
  program: PeerProgram,
  { url, ca, tls = 'TLSv1.3' }: PeerOptions,
): Promise<PeerProcess> {
  await using starting = new AsyncDisposableStack();
  const { path } = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-peer-')));
  const caFile = join(path, 'ca.crt');
  await writeFile(caFile, ca);
  const [command, ...args] = program.command;
  const child = spawn(command, [...args, url, caFile, tls], {
    env: { ...process.env, ...program.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const events: PeerEvent[] = [];
  let stderr = '';
  let ending: string | null = null;
  let changed = Promise.withResolvers<void>();
  const change = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  createInterface(child.stdout).on('line', (line) => {
    events.push(JSON.parse(line) as PeerEvent);
    change();
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // What is written to a peer that has ended is missed where its events are awaited.
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    const end = (how: string) => {
      ending ??= how;
      change();
      resolve();
    };
    child.once('error', (error) => end(`the peer did not start: ${error.message}`));
    child.once('close', (code, signal) => end(`the peer ended with ${signal ?? code}`));
  });
  starting.defer(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let messages = 0;

  async function told(event: PeerEvent['event'], count = 1): Promise<string> {
    let late: string | null = null;
    const timer = setTimeout(() => {
      late = `${boundMs} ms passed`;
      change();
    }, boundMs);
    try {
      for (;;) {
        const found = events.filter((candidate) => candidate.event === event)[count - 1];
        if (found !== undefined) return found.data;
        const missed = ending ?? late;
        if (missed !== null)
          throw new Error(`${missed} before ${event} ${count}; told: ${JSON.stringify(events)}; ${stderr}`);
        await changed.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  await told('open');
  const running = starting.move();
  return {
    events,
    async send(message, fragment = whole) {
      const file = join(path, `message-${++messages}.json`);
      await writeFile(file, typeof message === 'string' ? message : JSON.stringify(message));
      child.stdin.write(`send ${file} ${fragment}\n`);
    },
    ping: (payload) => void child.stdin.write(`ping ${payload}\n`),
    close: (code) => void child.stdin.write(`close ${code}\n`),
    told,
    answer: async (count) => JSON.parse(await told('text', count)) as Record<string, unknown>,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
