/**
 * `npm run bench:abuse`: what idle primaries and handshakes cost, and what a good primary and the event loop feel of each abuse.
 * Server, abuser and the good primary are processes of their own. A stall is what the event loop was late by. With `--worst` it is the whole
 * bridge instead, in the memory of a pod, under the worst messages of every shape (worst/worst.ts).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { attacks } from './attack.ts';
import type { ServerFigures, ServerOptions, ServerStarted } from './server.ts';
import { addressOf, type Endpoint, inParallel, openPrimary, openTls } from './wire.ts';
import { measureWorst } from './worst/worst.ts';

const { seconds, idle, only, worst, source, pod, sessions } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    idle: { type: 'string', default: '1000,10000' },
    only: { type: 'string', multiple: true },
    worst: { type: 'boolean', default: false },
    source: { type: 'string', default: join(import.meta.dirname, '../..') },
    pod: { type: 'string' },
    sessions: { type: 'string', default: '2' },
  },
}).values;
const tokens = { good: 'a-token', bad: 'another-token' };
const print = (line: string): void => void process.stdout.write(`${line}\n`);

print(`Node.js ${process.version}, ${availableParallelism()} cores`);
if (worst) {
  const choices = { source, only, durationMs: Number(seconds) * 1000, sessions: Number(sessions) };
  await measureWorst({ ...choices, pod: pod === undefined ? undefined : Number(pod) }, print);
} else {
  if (only === undefined) {
    await measureIdle(idle.split(',').map(Number));
    await measureHandshakes();
  }
  print('| abuse | gets in, median ms | longest ms | not at all | longest stall ms | peak MiB |');
  for (const name of only ?? Object.keys(attacks)) await measureAttack(name);
}

async function measureIdle(counts: readonly number[]): Promise<void> {
  await using server = await startServer({ tokens, maxConnections: 20_000 });
  await using primaries = start('idle.ts', [JSON.stringify(server.endpoint), tokens.good]);
  const { residentBytes: empty } = await server.figures();
  print(`empty process: ${mebibytes(empty)} MiB`);
  for (const count of counts) {
    primaries.child.send(count);
    await once(primaries.child, 'message');
    const { residentBytes, sessions } = await server.figures();
    const over = residentBytes - empty;
    print(
      `${sessions} idle primaries: ${mebibytes(over)} MiB over it, ${(over / count / 1024).toFixed(1)} KiB each`,
    );
  }
}

async function measureHandshakes(): Promise<void> {
  await using server = await startServer({ tokens, attemptsPerAddress: 1_000_000 });
  const first = await openTls(server.endpoint, '127.0.0.1');
  const [session] = (await once(first.resume(), 'session')) as [Buffer];
  first.destroy();
  for (const resumed of [undefined, session]) {
    const end = performance.now() + Number(seconds) * 1000;
    let handshakes = 0;
    let reused = 0;
    await inParallel(20, 20, async () => {
      while (performance.now() < end) {
        const socket = await openTls(server.endpoint, '127.0.0.1', resumed);
        handshakes++;
        if (socket.isSessionReused()) reused++;
        socket.destroy();
      }
    });
    const rate = (handshakes / Number(seconds)).toFixed(0);
    print(
      `TLS 1.3 handshakes, ${resumed ? 'resumed' : 'full'}: ${rate}/s (${reused} of ${handshakes} resumed)`,
    );
  }
}

async function measureAttack(name: string): Promise<void> {
  await using server = await startServer({ tokens });
  await using held = new AsyncDisposableStack();
  held.use(start('attack.ts', [name, JSON.stringify(server.endpoint), tokens.bad]));
  await delay(2000);
  await server.figures();
  const times: number[] = [];
  let failures = 0;
  const end = performance.now() + Number(seconds) * 1000;
  for (let n = 0; performance.now() < end; n++) {
    const begun = performance.now();
    try {
      const socket = await openPrimary(server.endpoint, tokens.good, addressOf(65_000 + n));
      times.push(performance.now() - begun);
      socket.destroy();
    } catch {
      failures++;
    }
    await delay(20);
  }
  const { longestStallMs, peakBytes } = await server.figures();
  times.sort((a, b) => a - b);
  const figures = [
    times[Math.floor(times.length / 2)],
    times.at(-1),
    failures,
    longestStallMs,
    peakBytes / 1024 ** 2,
  ];
  print(`| ${name} | ${figures.map((figure) => figure?.toFixed(0) ?? '-').join(' | ')} |`);
}

interface Server extends AsyncDisposable {
  readonly endpoint: Endpoint;
  figures(): Promise<ServerFigures>;
}

async function startServer(options: ServerOptions): Promise<Server> {
  const { child, [Symbol.asyncDispose]: dispose } = start('server.ts', [JSON.stringify(options)]);
  const [endpoint] = (await once(child, 'message')) as [ServerStarted];
  return {
    endpoint,
    async figures() {
      child.send('figures');
      return ((await once(child, 'message')) as [ServerFigures])[0];
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function start(file: string, args: readonly string[]): AsyncDisposable & { readonly child: ChildProcess } {
  const child = fork(new URL(file, import.meta.url), args, {
    execArgv: ['--expose-gc', ...process.execArgv],
  });
  const exited = once(child, 'exit');
  return {
    child,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
