import { describe, expect, test } from 'vitest';

import {
  expectService,
  frame,
  notification,
  openPrimary,
  openTcp,
  type Peer,
  writeWithoutEnd,
} from '../helpers/peer.ts';
import { startTerminator } from '../helpers/terminator.ts';

const opcode = { continuation: 0, text: 1 };

describe('the payload limit', () => {
  const limits = { maxPayloadBytes: 64 * 1024 };
  const message = JSON.stringify(notification('N1'));

  test('lets a message of exactly its size pass', async () => {
    await using terminator = await startTerminator({ limits });
    await using peer = await openPrimary(terminator);
    peer.send(message.padEnd(limits.maxPayloadBytes));
    expect(await peer.next()).toMatchObject({ id: 'N1' });
  });

  test.each<[string, Buffer]>([
    ['one frame', frame(opcode.text, Buffer.from(message.padEnd(limits.maxPayloadBytes + 1)))],
    [
      'the announcement of a frame',
      frame(opcode.text, Buffer.alloc(limits.maxPayloadBytes + 1)).subarray(0, 14),
    ],
    ['the announcement of 2^63 bytes', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])],
    [
      'fragments',
      Buffer.concat([
        frame(opcode.text, Buffer.alloc(40_000, ' '), { fin: false }),
        frame(opcode.continuation, Buffer.alloc(40_000, ' ')),
      ]),
    ],
  ])('closes with 1009 and delivers nothing when it is passed in %s', async (_how, bytes) => {
    await using terminator = await startTerminator({ limits });
    await using peer = await openPrimary(terminator);
    peer.tls.write(bytes);
    expect(await peer.closed()).toMatchObject({ code: 1009 });
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1009, true]);
    expect(terminator.told('limitHit')).toEqual([['payload', expect.any(String)]]);
    expect(terminator.delivered).toEqual([]);
    await expectService(terminator);
  });

  test('holds no matter how long the peer goes on writing', async () => {
    await using terminator = await startTerminator({ limits });
    await using peer = await openPrimary(terminator);
    writeWithoutEnd(peer.tls, frame(opcode.text, Buffer.alloc(1024 * 1024, ' ')));
    await expectService(terminator);
    expect(await terminator.event('limitHit')).toEqual(['payload', expect.any(String)]);
    expect(terminator.told('limitHit')).toHaveLength(1);
  });
});

describe('the fragments of a message', () => {
  test('are bounded: one more closes with 1008', async () => {
    await using terminator = await startTerminator({ limits: { maxFragments: 10 } });
    await using peer = await openPrimary(terminator);
    const text = JSON.stringify(notification('N1'));
    const fragments = Array.from({ length: 10 }, (_, n) =>
      text.slice(n * 10, n === 9 ? undefined : n * 10 + 10),
    );
    fragments.forEach((part, n) => peer.socket.send(part, { fin: n === 9 }));
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    [...fragments, ''].forEach((part, n) => peer.socket.send(part, { fin: n === 10 }));
    expect(await peer.closed()).toMatchObject({ code: 1008 });
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1008, true]);
    expect(terminator.told('limitHit')).toEqual([['fragments', expect.any(String)]]);
    await expectService(terminator);
  });
});

describe('the pieces of a frame', () => {
  const inPieces = async (peer: Peer, bytes: Buffer) => {
    peer.tls.setNoDelay(true);
    for (const byte of bytes) {
      if (peer.tls.destroyed || !peer.tls.writable) return;
      await new Promise<void>((resolve) => peer.tls.write(Buffer.of(byte), () => resolve()));
    }
  };

  test('may be single bytes, but not without end: the 16,385th of a frame closes with 1008', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    const text = (length: number) => Buffer.from(JSON.stringify(notification('N1')).padEnd(length));
    await inPieces(peer, frame(opcode.text, text(10_000)));
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    await inPieces(peer, frame(opcode.text, text(30_000)));
    expect(await peer.closed()).toMatchObject({ code: 1008 });
    expect(terminator.told('limitHit')).toEqual([['fragments', expect.any(String)]]);
    await expectService(terminator);
  }, 30_000);
});

describe('answers that are not read', () => {
  test('end the connection at their limit, while others get theirs', async () => {
    await using terminator = await startTerminator({ limits: { maxUnreadAnswerBytes: 64 * 1024 } });
    await using peer = await openPrimary(terminator);
    await using other = await openPrimary(terminator, 'primary2');
    peer.tls.pause();
    const messages = Array.from({ length: 400 }, (_, n) =>
      frame(opcode.text, Buffer.from(JSON.stringify(notification(`${n}`.padEnd(128), [])))),
    );
    writeWithoutEnd(peer.tls, Buffer.concat(messages));
    other.send(notification('N1'));
    expect(await other.next()).toMatchObject({ id: 'N1' });
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1006, true]);
    expect(terminator.told('limitHit')).toEqual([['unread-answers', expect.any(String)]]);
    expect(terminator.told('answered').length).toBeLessThan(terminator.delivered.length);
    other.send(notification('N2'));
    expect(await other.next()).toMatchObject({ id: 'N2' });
  });

  test('end the connection also where they are answers to CONNECT', async () => {
    await using terminator = await startTerminator({ limits: { maxUnreadAnswerBytes: 64 * 1024 } });
    const id = 'C'.repeat(128);
    await using peer = await openPrimary(terminator);
    peer.tls.pause();
    const connect = { ...notification(id), type: 'CONNECT', payload: { token: 'secret' } };
    writeWithoutEnd(
      peer.tls,
      frame(opcode.text, Buffer.from(JSON.stringify({ ...connect, id: 'CONNECT-1' }))),
    );
    expect(await terminator.event('limitHit')).toEqual(['unread-answers', expect.any(String)]);
    await terminator.event('closed');
    await expectService(terminator);
  });
});

describe('the heartbeat', () => {
  const limits = { heartbeatIntervalMs: 40, heartbeatMisses: 2 };

  test('ends a connection after two pings that nothing follows', async () => {
    await using terminator = await startTerminator({ limits });
    await using peer = await openPrimary(terminator, 'primary1', { autoPong: false });
    let pings = 0;
    peer.socket.on('ping', () => pings++);
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1006, true]);
    expect(terminator.told('limitHit')).toEqual([['heartbeat', expect.any(String)]]);
    await peer.closed();
    expect(pings).toBe(2);
  });

  test('ends a half-open connection, on which nothing is read', async () => {
    await using terminator = await startTerminator({ limits });
    await using peer = await openPrimary(terminator);
    peer.tls.pause();
    await terminator.event('closed');
    expect(terminator.told('limitHit')).toEqual([['heartbeat', expect.any(String)]]);
    await expectService(terminator);
  });

  test('leaves a peer alone that answers, and one that sends a message slowly', async () => {
    await using terminator = await startTerminator({ limits });
    await using answering = await openPrimary(terminator);
    await using slow = await openPrimary(terminator, 'primary2', { autoPong: false });
    const bytes = frame(opcode.text, Buffer.from(JSON.stringify(notification('N1'))));
    let sent = 0;
    const done = Promise.withResolvers<void>();
    slow.socket.on('ping', () => {
      slow.tls.write(bytes.subarray(sent, sent + 1));
      if (++sent === 8) done.resolve();
    });
    await done.promise;
    slow.socket.removeAllListeners('ping');
    slow.tls.write(bytes.subarray(sent));
    expect(await slow.next()).toMatchObject({ id: 'N1' });
    await answering.roundTrip();
    expect(terminator.told('limitHit')).toEqual([]);
  });

  test('does not speak of a connection that is closing already', async () => {
    await using terminator = await startTerminator({ limits, gate: { connectTimeoutMs: 1_000 } });
    await using peer = await openPrimary(terminator);
    await using clock = await openTcp(terminator);
    peer.tls.pause();
    for (const session of terminator.listener.sessions) session.close(1008, 'token removed');
    await clock.closed();
    expect(terminator.told('limitHit')).toEqual([]);
    peer.tls.resume();
    expect(await peer.closed()).toEqual({ code: 1008, reason: 'token removed' });
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1008, true]);
  });
});
