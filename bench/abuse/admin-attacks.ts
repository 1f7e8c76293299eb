/** What who reaches the admin port can do to it: on each endpoint, all at once and one after the other. */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { addressOf, type Endpoint } from './wire.ts';

type AdminAttack = (endpoint: Endpoint) => Promise<unknown>;

const endpoints = [
  'GET /',
  'GET /status',
  'GET /status/events',
  'GET /metrics',
  'GET /readyz?verbose',
  'GET /livez',
  'GET /page/page.css',
  'POST /drain?primary=primary1',
];
const burstBytes = 64 * 1024;
/** How long a burst is waited for that isn't cut off. */
const burstWaitMs = 1000;

const requestOf = (what: string): string => `${what} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

async function open({ adminPort }: Endpoint, localAddress: string): Promise<Socket> {
  const socket = connect({ port: adminPort, host: '127.0.0.1', localAddress });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** So many connections, each of which sends 64 KiB of requests at once, again and again. */
const bursts =
  (what: string, connections: number): AdminAttack =>
  (endpoint) => {
    const bytes = requestOf(what).repeat(Math.ceil(burstBytes / requestOf(what).length));
    return inEach(connections, async () => {
      const socket = await open(endpoint, '127.0.0.9');
      socket.resume().write(bytes);
      await Promise.race([once(socket, 'close'), delay(burstWaitMs)]);
      socket.destroy();
    });
  };

/** As many connections as an address has, each with one request after the other. */
const oneByOne =
  (what: string): AdminAttack =>
  ({ adminPort }) => {
    const [method, path] = what.split(' ');
    const agent = new Agent({ keepAlive: true, maxSockets: 8, localAddress: '127.0.0.9' });
    return inEach(8, async () => {
      const asked = request({ port: adminPort, host: '127.0.0.1', agent, method, path }).end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      await once(answer.resume(), 'close');
    });
  };

/** A hundred that say nothing, from thirteen addresses, and come again when they are cut. */
const held: AdminAttack = (endpoint) => {
  let count = 0;
  return inEach(100, async () => {
    const socket = await open(endpoint, addressOf(count++ % 13));
    await once(socket.resume(), 'close');
  });
};

/** Runs each of so many again and again, whatever becomes of it. */
async function inEach(connections: number, one: () => Promise<unknown>): Promise<void> {
  const again = async (): Promise<never> => {
    for (;;) await one().catch(() => delay(10));
  };
  await Promise.all(Array.from({ length: connections }, again));
}

export const adminAttacks: Readonly<Record<string, AdminAttack>> = Object.fromEntries([
  ...endpoints.flatMap((what) => [
    [`admin, 1 x 64 KiB of ${what}`, bursts(what, 1)] as const,
    [`admin, 4 x 64 KiB of ${what}`, bursts(what, 4)] as const,
    [`admin, 8 x one by one ${what}`, oneByOne(what)] as const,
  ]),
  ['admin, 100 held connections', held] as const,
]);
