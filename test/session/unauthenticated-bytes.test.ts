import { describe, expect, test } from 'vitest';

import {
  connectRequest,
  expectService,
  frame,
  notification,
  openPeer,
  openPrimary,
  openTls,
  type Peer,
} from '../helpers/peer.ts';
import { startTerminator } from '../helpers/terminator.ts';

const opcode = { continuation: 0, text: 1, ping: 9 };
const limit = 8 * 1024;
const overhead = frame(opcode.text, Buffer.alloc(limit - 100)).length - (limit - 100);

/** A CONNECT REQUEST whose frame has that many bytes. */
function connectFrame(bytes: number): Buffer {
  const text = JSON.stringify(connectRequest());
  return frame(opcode.text, Buffer.from(text.padEnd(bytes - overhead)));
}

describe('before its CONNECT is accepted a connection', () => {
  test('may send 8 KiB', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator);
    peer.tls.write(connectFrame(limit));
    expect(await peer.next()).toMatchObject({ payload: { valid: true } });
  });

  test('may send 8 KiB together with its upgrade', async () => {
    await using terminator = await startTerminator();
    await using peer = await openTls(terminator);
    const headers = [
      'GET /nbwss HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    peer.socket.write(Buffer.concat([Buffer.from(`${headers.join('\r\n')}\r\n\r\n`), connectFrame(limit)]));
    await terminator.event('authenticated');
    expect(terminator.told('limitHit')).toEqual([]);
  });

  test.each<[string, (peer: Peer) => void]>([
    ['one frame', (peer) => peer.tls.write(connectFrame(limit + 1))],
    [
      'one frame that never ends',
      (peer) => peer.tls.write(frame(opcode.text, Buffer.alloc(100_000)).subarray(0, limit + 1)),
    ],
    [
      'many fragments',
      (peer) => {
        peer.tls.write(frame(opcode.text, Buffer.from('{'), { fin: false }));
        const fragment = frame(opcode.continuation, Buffer.from(' '), { fin: false });
        for (let sent = 0; sent <= limit; sent += fragment.length) peer.tls.write(fragment);
      },
    ],
    [
      'many pings',
      (peer) => {
        const ping = frame(opcode.ping, Buffer.alloc(100));
        for (let sent = 0; sent <= limit; sent += ping.length) peer.tls.write(ping);
      },
    ],
    [
      'a frame that it announces as larger than any payload',
      (peer) => peer.tls.write(frame(opcode.text, Buffer.alloc(300 * 1024)).subarray(0, 14)),
    ],
  ])('may not send more, in %s, while others get in', async (_how, send) => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator);
    send(peer);
    expect(await terminator.event('closed')).toMatchObject([null, {}, expect.any(Number), true]);
    expect(terminator.told('limitHit')).toEqual([['unauthenticated-bytes', expect.any(String)]]);
    await peer.closed();
    expect(peer.unread).toEqual([]);
    expect(terminator.delivered).toEqual([]);
    await expectService(terminator);
  });

  test('may not send more after a refusal either', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator);
    peer.tls.write(
      Buffer.concat([frame(opcode.text, Buffer.from('hello')), frame(opcode.text, Buffer.alloc(limit))]),
    );
    expect(await terminator.event('closed')).toEqual([null, expect.any(String), 1006, true]);
    expect(terminator.told('limitHit')).toEqual([['unauthenticated-bytes', expect.any(String)]]);
    expect(terminator.told('refused')).toEqual([]);
  });
});

test('a primary that authenticated may send far more than 8 KiB', async () => {
  await using terminator = await startTerminator();
  await using peer = await openPrimary(terminator);
  peer.send(notification('N1', [{ object: 'JOB', data: [{ note: 'x'.repeat(100_000) }] }]));
  expect(await peer.next()).toMatchObject({ id: 'N1' });
  expect(terminator.told('limitHit')).toEqual([]);
});
