import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createHealth } from '../../src/admin/health.ts';
import { type AdminServer, startAdmin } from '../../src/admin/server.ts';
import { networkOf } from '../../src/session/peer.ts';
import { sampleStatus } from '../../tools/sample-status.ts';
import { soon } from '../helpers/terminator.ts';

interface Admin extends AdminServer {
  /** How often the page, the status or the metrics were made. */
  readonly made: () => number;
}

async function startTestAdmin(of: (address: string) => string = networkOf): Promise<Admin> {
  let made = 0;
  const server = await startAdmin({
    host: '127.0.0.1',
    port: 0,
    hostNames: [],
    allowDrain: true,
    health: createHealth(),
    metrics: () => {
      made++;
      return Promise.resolve({ text: 'nbwss_up 1\n', contentType: 'text/plain' });
    },
    status: () => {
      made++;
      return sampleStatus(Date.now());
    },
    closeSessions: () => {
      made++;
      return 0;
    },
    networkOf: of,
  });
  return { ...server, made: () => made };
}

interface Client {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  readonly text: () => string;
  /** Writes, and waits for so many answers in all. */
  ask(bytes: string, answers?: number): Promise<void>;
}

/** A connection that nobody has anything to say on yet. */
async function open({ port }: AdminServer, address = '127.0.0.1'): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: address });
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  return {
    socket,
    closed,
    text: () => text,
    async ask(bytes, answers = 1) {
      socket.write(bytes);
      const there = () => text.split('HTTP/1.1 ').length > answers;
      while (!there() && !socket.destroyed)
        await soon(Promise.race([once(socket, 'data'), closed]), `answer ${answers} to ${bytes}`);
      if (!there()) throw new Error(`the connection was closed before answer ${answers} to ${bytes}`);
    },
  };
}

const requestOf = (what: string) => `${what} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** Whether a probe from there is answered; it is the only one on its connection. */
async function isAlive(admin: AdminServer, address?: string): Promise<boolean> {
  const probe = await open(admin, address);
  await probe.ask('GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await soon(probe.closed, 'the end of a probe');
  return probe.text().startsWith('HTTP/1.1 200 ');
}

test.each([
  'GET /',
  'GET /status',
  'GET /status/events',
  'GET /metrics',
  'GET /livez',
  'GET /readyz?verbose',
  'GET /page/page.css',
  'GET /nothing',
  'POST /drain?primary=east',
])('64 KiB of %s at once are one request: it is made once, and the connection ends', async (what) => {
  await using admin = await startTestAdmin();
  const client = await open(admin);
  const one = requestOf(what);
  client.socket.write(one.repeat(Math.ceil(65_536 / one.length)));
  await soon(client.closed, 'a closed connection');
  expect(admin.made()).toBeLessThanOrEqual(1);
  expect(client.text().split('HTTP/1.1 ').length - 1).toBeLessThanOrEqual(1);
  expect(await isAlive(admin)).toBe(true);
});

test('a request behind a stream that goes on ends it', async () => {
  await using admin = await startTestAdmin();
  const client = await open(admin);
  await client.ask(requestOf('GET /status/events'));
  client.socket.write(requestOf('GET /livez'));
  await soon(client.closed, 'a closed connection');
  expect(client.text()).not.toContain('ok\n');
});

test('requests one after the other on one connection are all answered', async () => {
  await using admin = await startTestAdmin();
  const client = await open(admin);
  for (let count = 1; count <= 5; count++) await client.ask(requestOf('GET /metrics'), count);
  expect(client.text().match(/nbwss_up 1/g)).toHaveLength(5);
  expect(client.socket.destroyed).toBe(false);
});

test('one address has eight connections: the ninth ends the one that has waited longest', async () => {
  await using admin = await startTestAdmin();
  const held = [];
  for (let count = 0; count < 8; count++) held.push(await open(admin));
  // It was the first, and has asked since.
  await held[0]?.ask(requestOf('GET /livez'));
  const ninth = await open(admin);
  await ninth.ask(requestOf('GET /livez'));
  await soon(held[1]?.closed ?? Promise.resolve(), 'the end of the second');
  expect(held.map(({ socket }) => socket.destroyed)).toEqual(held.map((_, index) => index === 1));
});

test('addresses of one network share its connections', async () => {
  await using admin = await startTestAdmin(() => 'one network');
  const first = await open(admin, '127.0.0.2');
  for (let count = 0; count < 8; count++) await open(admin, `127.0.0.${3 + count}`);
  await soon(first.closed, 'the end of the first');
});

test('held connections never keep a probe out, from their own address or from another', async () => {
  await using admin = await startTestAdmin();
  const held = [];
  for (let address = 2; address < 15; address++)
    for (let count = 0; count < 8; count++) held.push(await open(admin, `127.0.0.${address}`));
  // More than the total: each came in, and somebody else made room.
  expect(held).toHaveLength(104);
  for (const address of ['127.0.0.2', '127.0.0.14', '127.0.0.99'])
    expect(await isAlive(admin, address)).toBe(true);
});

test('nor do as many streams, half requests and unread answers as an address can have', async () => {
  await using admin = await startTestAdmin();
  const streams = [];
  for (let count = 0; count < 6; count++) {
    const stream = await open(admin, '127.0.0.2');
    await stream.ask(requestOf(count % 2 === 0 ? 'GET /status/events' : 'GET /status/events?page'));
    streams.push(stream);
  }
  const seventh = await open(admin, '127.0.0.2');
  await seventh.ask(requestOf('GET /status/events'));
  expect(seventh.text()).toMatch(/^HTTP\/1\.1 503 [^]*6 of your address follow the status already/);
  for (let count = 0; count < 8; count++) {
    const half = await open(admin, '127.0.0.2');
    half.socket.write('GET /livez HTTP/1.1\r\nX: ');
    const unread = await open(admin, '127.0.0.2');
    unread.socket.pause();
    unread.socket.write(requestOf('GET /'));
  }
  for (const address of ['127.0.0.2', '127.0.0.3']) expect(await isAlive(admin, address)).toBe(true);
  expect(streams.map(({ socket }) => socket.destroyed)).toEqual(streams.map(() => false));
});

test('eight follow the status at a time, wherever they are', async () => {
  await using admin = await startTestAdmin();
  const follow = async (address: string) => {
    const client = await open(admin, address);
    await client.ask(requestOf('GET /status/events'));
    return client.text().slice(0, 12);
  };
  for (let count = 0; count < 8; count++)
    expect(await follow(`127.0.0.${2 + (count % 2)}`)).toBe('HTTP/1.1 200');
  expect(await follow('127.0.0.4')).toBe('HTTP/1.1 503');
});

test('a connection on which nothing comes, or no whole request, or none any more, is ended', async () => {
  await using admin = await startTestAdmin();
  const silent = await open(admin);
  const half = await open(admin);
  half.socket.write('GET /livez HTTP/1.1\r\nX: ');
  const body = await open(admin);
  body.socket.write('POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n');
  const idle = await open(admin);
  await idle.ask(requestOf('GET /livez'));
  // Each bound is 5 s.
  await Promise.all([silent, half, body, idle].map(({ closed }) => closed));
});
