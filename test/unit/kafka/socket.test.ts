import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type tls from 'node:tls';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { clientSettings } from '../../../src/kafka/client.ts';
import { connectCluster } from '../../../src/kafka/cluster.ts';
import { openSocket } from '../../../src/kafka/socket.ts';
import { freePort } from '../../../tools/dev-stack/ports.ts';
import { openSilence } from '../../helpers/doors.ts';
import { namesHave } from '../../helpers/several-addresses.ts';

/** A frame as Kafka's: its length before it. */
function frame(text: string): Buffer {
  const bytes = Buffer.alloc(4 + text.length, text);
  bytes.writeInt32BE(text.length);
  bytes.write(text, 4);
  return bytes;
}

/** The client's settings towards a broker that does this to its connections. */
async function bareBroker(serve: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { settings, sockets } = clientSettings(
    { brokers: [], clientId: 'test', connectTimeoutMs: 10_000, requestTimeoutMs: 10_000 },
    pino({ level: 'silent' }),
  );
  onTestFinished(() => {
    sockets.destroy('the test is over');
    server.close();
  });
  return {
    /** Of so many requests on a connection: `answered`, or its error. */
    outcome: (requests: number) =>
      new Promise<string>((resolve) => {
        const onConnect = () => socket.write(frame('request'));
        const socket = settings.socketFactory({
          host: '127.0.0.1',
          port,
          ssl: null as unknown as tls.ConnectionOptions,
          onConnect,
        });
        let left = requests;
        socket.on('error', (error: Error) => resolve(error.message));
        socket.on('data', () => (--left > 0 ? socket.write(frame('request')) : resolve('answered')));
      }),
  };
}

/** A TLS connection to a broker that reads and says nothing. */
async function silentTls(connectTimeoutMs: number) {
  const door = await openSilence();
  onTestFinished(() => door[Symbol.asyncDispose]());
  const errors: Error[] = [];
  const socket = openSocket(
    {
      host: '127.0.0.1',
      port: door.port,
      connectTimeoutMs,
      timeoutMs: 10_000,
      tls: { enabled: true },
      authenticates: false,
      unauthenticated: () => null,
      hasWorked: () => false,
      onWorks: () => {},
    },
    () => {},
  );
  socket.on('error', (error) => errors.push(error));
  return { errors, closed: new Promise<void>((resolve) => void socket.once('close', resolve)) };
}

/** A connection to a server that does this to it, as the client holds it: with its two listeners. */
async function given(
  serve: (socket: Socket) => void,
  timeoutMs = 10_000,
  unauthenticated: Error | null = null,
) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const connected = Promise.withResolvers<void>();
  let hasWorked = false;
  const { port } = server.address() as AddressInfo;
  const socket = openSocket(
    {
      host: '127.0.0.1',
      port,
      connectTimeoutMs: 10_000,
      timeoutMs,
      authenticates: true,
      unauthenticated: () => unauthenticated,
      hasWorked: () => hasWorked,
      onWorks: () => {
        hasWorked = true;
      },
    },
    connected.resolve,
  );
  const errors: Error[] = [];
  const frames: string[] = [];
  socket.on('error', (error) => errors.push(error));
  socket.on('data', (data) => frames.push(data.toString('latin1')));
  onTestFinished(() => socket.destroy());
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  await connected.promise;
  return { socket, errors, frames, closed };
}

test('a connection that is given up with a request open is an error at once', async () => {
  const { socket, errors, closed } = await given((peer) => void peer.resume());
  socket.write(frame('request'));
  socket.end();
  await closed;
  expect(errors).toMatchObject([{ message: expect.stringContaining('requests open') }]);
});

test('a connection that is ended when all is answered ends without a word', async () => {
  const { socket, errors, frames, closed } = await given((peer) => {
    peer.once('data', () => peer.write(Buffer.concat([frame('one-ans'), frame('two-ans')])));
  });
  socket.write(frame('request'));
  socket.write(frame('request'));
  await expect.poll(() => frames.join('')).toContain('two');
  socket.end();
  await closed;
  expect(errors).toEqual([]);
});

test('of two requests the one that is left open fails within the bound', async () => {
  const { socket, errors, closed } = await given(
    (peer) => void peer.once('data', () => peer.write(frame('one-ans'))),
    100,
  );
  socket.write(frame('request'));
  socket.write(frame('request'));
  await closed;
  expect(errors).toMatchObject([
    {
      message: expect.stringMatching(
        /^no answer from 127\.0\.0\.1:\d+ in 100 ms \(kafka\.requestTimeoutMs\): see that the broker does not hang/,
      ),
    },
  ]);
});

test('a broker that closes is an error, with what it may want where it answered nothing', async () => {
  const { errors, closed } = await given((peer) => void peer.end());
  await closed;
  expect(errors).toMatchObject([
    {
      message: expect.stringMatching(
        /closed the connection at once: does it want TLS \(kafka.tls.enabled\)\?$/,
      ),
    },
  ]);
});

test('a connection that ends after its authentication failed says that', async () => {
  const { socket, errors, closed } = await given(
    (peer) => void peer.resume(),
    10_000,
    new Error('a wrong password'),
  );
  socket.write(frame('request'));
  socket.end();
  await closed;
  expect(errors).toMatchObject([{ message: 'a wrong password' }]);
});

/** Answers each request, as a listener that takes us does; at the first of the connections named `cuts` it cuts instead. */
const answering = (cuts: (connection: number) => boolean) => {
  let connections = 0;
  return (peer: Socket) => {
    const isCut = cuts(connections++);
    peer.on('data', () => void (isCut ? peer.resetAndDestroy() : peer.write(frame('answer!!'))));
  };
};

test('a broker that has never answered may want authentication; the reason comes first', async () => {
  const broker = await bareBroker(answering(() => true));
  expect(await broker.outcome(1)).toMatch(
    /^the broker 127\.0\.0\.1:\d+ closed the connection \(ECONNRESET\) at once: does it want TLS .* does it want authentication/,
  );
});

test('a broker that has answered before wants no authentication: of a cut the reason is said, and nothing is guessed', async () => {
  const broker = await bareBroker(answering((connection) => connection > 0));
  expect(await broker.outcome(2)).toBe('answered');
  expect(await broker.outcome(1)).toMatch(
    /^the broker 127\.0\.0\.1:\d+ closed the connection \(ECONNRESET\)$/,
  );
});

test('a broker whose name has several addresses is an error that has each of them', async () => {
  const port = await freePort();
  void namesHave('127.0.0.3', '::1');
  const failed = connectCluster(
    {
      brokers: [`several.test:${port}`],
      clientId: 'test',
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 10_000,
    },
    pino({ level: 'silent' }),
  );
  await expect(failed).rejects.toThrow(
    `can't connect to Kafka at several.test:${port}: connect ECONNREFUSED 127.0.0.3:${port}; connect ECONNREFUSED [::1]:${port}: check kafka.brokers`,
  );
});

test('a TLS listener that says nothing is given up within the time for the connection, by the name of the setting', async () => {
  const { errors, closed } = await silentTls(100);
  await closed;
  expect(errors).toMatchObject([
    {
      message: expect.stringMatching(
        /^no TLS handshake with the broker 127\.0\.0\.1:\d+ in 100 ms \(kafka\.connectTimeoutMs\)/,
      ),
    },
  ]);
});
