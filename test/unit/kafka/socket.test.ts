import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openSocket } from '../../../src/kafka/socket.ts';

/** A frame as Kafka's: its length before it. */
function frame(text: string): Buffer {
  const bytes = Buffer.alloc(4 + text.length, text);
  bytes.writeInt32BE(text.length);
  bytes.write(text, 4);
  return bytes;
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
  const { port } = server.address() as AddressInfo;
  const socket = openSocket(
    { host: '127.0.0.1', port, timeoutMs, authenticates: true, unauthenticated: () => unauthenticated },
    connected.resolve,
  );
  const errors: Error[] = [];
  const frames: string[] = [];
  socket.on('error', (error) => errors.push(error));
  socket.on('data', (data) => frames.push(data.toString('latin1')));
  onTestFinished(() => void socket.destroy());
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
        /^no answer from 127\.0\.0\.1:\d+ in 100 ms \(kafka\.requestTimeoutMs\): see that a broker listens there/,
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
