import { describe, expect, test } from 'vitest';

import {
  expectService,
  frame,
  notification,
  openPeer,
  openPrimary,
  writeWithoutEnd,
} from '../helpers/peer.ts';
import { startTerminator } from '../helpers/terminator.ts';

const opcode = { text: 1, ping: 9 };

describe('a message', () => {
  test.each([
    ['text', false],
    ['binary', true],
  ])('may come in a %s frame, and is answered in a text frame', async (_kind, binary) => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    const binaries: boolean[] = [];
    peer.socket.on('message', (_data, isBinary) => binaries.push(isBinary));
    peer.socket.send(JSON.stringify(notification('N1')), { binary });
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    expect(binaries).toEqual([false]);
  });

  test('may come in fragments of one byte', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    const text = JSON.stringify(notification('N1', [{ object: 'JOB', data: [{ note: 'ä'.repeat(240) }] }]));
    const bytes = Buffer.from(text);
    bytes.forEach((_byte, index) =>
      peer.socket.send(bytes.subarray(index, index + 1), { binary: false, fin: index === bytes.length - 1 }),
    );
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    expect(bytes.length).toBeGreaterThan(500);
    expect(terminator.delivered.map(({ frame }) => frame.bytes.toString())).toEqual([text]);
  });

  test('may have pings between its fragments, which are answered at once', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    const text = JSON.stringify(notification('N1'));
    peer.socket.send(text.slice(0, 10), { fin: false });
    await peer.roundTrip();
    peer.socket.send(text.slice(10, 20), { fin: false });
    await peer.roundTrip();
    peer.socket.send(text.slice(20), { fin: true });
    expect(await peer.next()).toMatchObject({ id: 'N1' });
  });
});

describe('a frame that breaks RFC 6455', () => {
  test.each<[string, Buffer, number]>([
    ['compressed, as nobody agreed to', frame(opcode.text, Buffer.from('{}'), { rsv1: true }), 1002],
    ['of an unknown opcode', frame(3, Buffer.from('{}')), 1002],
    ['a continuation of nothing', frame(0, Buffer.from('{}')), 1002],
    ['a ping in fragments', frame(opcode.ping, Buffer.alloc(0), { fin: false }), 1002],
    ['a ping that is too long', frame(opcode.ping, Buffer.alloc(126)), 1002],
    ['not masked', Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002],
    ['text that is no UTF-8', frame(opcode.text, Buffer.from([0x7b, 0xff, 0x7d])), 1007],
  ])('closes that connection, and no other: %s', async (_what, bytes, code) => {
    await using terminator = await startTerminator();
    await using other = await openPrimary(terminator, 'primary2');
    await using peer = await openPrimary(terminator);
    peer.tls.write(bytes);
    expect(await peer.closed()).toMatchObject({ code });
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), code, true]);
    expect(terminator.delivered).toEqual([]);
    other.send(notification('N1'));
    expect(await other.next()).toMatchObject({ id: 'N1' });
  });

  test('before CONNECT closes too', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator);
    peer.tls.write(frame(3, Buffer.from('{}')));
    expect(await peer.closed()).toMatchObject({ code: 1002 });
    expect(await terminator.event('closed')).toEqual([null, expect.any(String), 1002, true]);
  });

  test('forgets what was in flight, and the delivery goes on', async () => {
    const delivery = Promise.withResolvers<void>();
    await using terminator = await startTerminator({ deliver: () => delivery.promise });
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    peer.tls.write(frame(3, Buffer.from('{}')));
    await terminator.event('closed');
    delivery.resolve();
    await delivery.promise;
    expect(await peer.closed()).toMatchObject({ code: 1002 });
    expect(terminator.told('answered')).toEqual([]);
  });
});

describe('permessage-deflate', () => {
  test('is not agreed to', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator, 'primary1', { perMessageDeflate: true });
    expect(peer.socket.extensions).toBe('');
    peer.send(notification('N1'));
    expect(await peer.next()).toMatchObject({ id: 'N1' });
  });
});

describe('a ping', () => {
  test('is answered by a pong with the same bytes, before and after CONNECT', async () => {
    await using terminator = await startTerminator();
    await using stranger = await openPeer(terminator);
    await using primary = await openPrimary(terminator);
    for (const peer of [stranger, primary]) {
      const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
      peer.socket.ping('NetBackup');
      expect(String(await pong)).toBe('NetBackup');
    }
  });

  test('is answered while messages wait for their delivery', async () => {
    await using terminator = await startTerminator({ deliver: () => new Promise(() => {}) });
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    await peer.roundTrip();
    expect(terminator.delivered).toHaveLength(1);
  });

  test('hurts nobody in a flood that is read', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    let pongs = 0;
    const all = new Promise<void>((resolve) =>
      peer.socket.on('pong', () => (++pongs === 5_000 ? resolve() : undefined)),
    );
    const hundred = Buffer.concat(Array.from({ length: 100 }, () => frame(opcode.ping, Buffer.alloc(0))));
    for (let n = 0; n < 50; n++) {
      peer.tls.write(hundred);
      await peer.roundTrip();
    }
    await all;
    peer.send(notification('N1'));
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    await expectService(terminator);
  });

  test('ends the connection in a flood whose pongs are not read', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    peer.tls.pause();
    const flood = Buffer.concat(Array.from({ length: 5_000 }, () => frame(opcode.ping, Buffer.alloc(125))));
    writeWithoutEnd(peer.tls, flood);
    expect(await terminator.event('limitHit')).toEqual(['unread-answers', expect.any(String)]);
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1006, true]);
    expect(terminator.told('limitHit')).toHaveLength(1);
    await expectService(terminator);
  });
});
