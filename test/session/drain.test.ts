import { once } from 'node:events';
import { connect } from 'node:net';

import { describe, expect, test } from 'vitest';

import { notification, openPeer, openPrimary, openTcp, openTls } from '../helpers/peer.ts';
import { established, messages, simulate } from '../helpers/simulation.ts';
import { soon, startTerminator } from '../helpers/terminator.ts';

const goingAway = { code: 1001, reason: 'the bridge stops' };

describe('a listener that drains', () => {
  test('ignores new messages, answers what is in flight, and then closes with 1001', async () => {
    const delivery = Promise.withResolvers<void>();
    await using terminator = await startTerminator({ deliver: () => delivery.promise });
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    await terminator.message();
    terminator.listener.drain();
    peer.send(notification('N2'));
    peer.send('hello');
    await peer.roundTrip();
    expect(peer.unread).toEqual([]);
    delivery.resolve();
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    const closing = terminator.listener.close();
    expect(await peer.closed()).toEqual(goingAway);
    await closing;
    expect(peer.unread).toEqual([]);
    expect(terminator.delivered.map(({ id }) => id)).toEqual(['N1']);
    expect(terminator.told('received')).toHaveLength(1);
    expect(terminator.told('closed')).toEqual([['primary1', expect.any(String), 1001, true]]);
  });

  test('takes no new connection', async () => {
    await using terminator = await startTerminator();
    terminator.listener.drain();
    const socket = connect({ port: terminator.port, host: '127.0.0.1' });
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('closes a connection that has not authenticated, with 1001', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator);
    terminator.listener.drain();
    expect(await peer.closed()).toEqual(goingAway);
    expect(terminator.told('refused')).toEqual([]);
  });

  test('upgrades no connection that came before', async () => {
    await using terminator = await startTerminator();
    await using peer = await openTls(terminator);
    const headers = ['Host: l', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    peer.socket.write(`GET /nbwss HTTP/1.1\r\n${headers.join('\r\n')}\r\n`);
    await using other = await openPrimary(terminator);
    await other.roundTrip();
    terminator.listener.drain();
    peer.socket.write('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
    await peer.closed();
    expect(peer.text()).toMatch(/^HTTP\/1\.1 503 /);
    expect(terminator.told('opened')).toHaveLength(1);
  });

  test('leaves the simulator with nothing answered that was not delivered', async () => {
    await using terminator = await startTerminator();
    await using simulator = simulate(terminator.url, { inFlight: 10, scheduledRateMs: 1000 });
    await established(simulator);
    const answers = messages(50).map((message) => simulator.send(message));
    await answers[10];
    terminator.listener.drain();
    await terminator.listener.close();
    await simulator.event('disconnected');
    await simulator.close();
    const answered = (await Promise.allSettled(answers)).flatMap((result) =>
      result.status === 'fulfilled' ? [result.value.message.id] : [],
    );
    const delivered = terminator.delivered.map(({ id }) => id);
    expect(delivered).toEqual(expect.arrayContaining(answered));
    expect(answered.length).toBe(terminator.told('answered').length);
    expect(simulator.report()).toMatchObject({
      connections: { closes: { 1001: 1 } },
      violations: { total: 0 },
    });
  });
});

describe('a listener that closes', () => {
  test('sends the answers of deliveries that have just ended before its close frame', async () => {
    const delivery = Promise.withResolvers<void>();
    await using terminator = await startTerminator({ deliver: () => delivery.promise });
    await using peer = await openPrimary(terminator);
    for (let n = 0; n < 20; n++) peer.send(notification(`N${n}`));
    await terminator.message(20);
    delivery.resolve();
    const closing = terminator.listener.close();
    expect(await peer.closed()).toEqual(goingAway);
    expect(peer.unread).toHaveLength(20);
    await closing;
    expect(terminator.told('answered')).toHaveLength(20);
  });

  test('forgets the answers of deliveries that end later', async () => {
    const delivery = Promise.withResolvers<void>();
    await using terminator = await startTerminator({ deliver: () => delivery.promise });
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    await terminator.message();
    await terminator.listener.close();
    delivery.resolve();
    await delivery.promise;
    expect(await peer.closed()).toEqual(goingAway);
    expect(peer.unread).toEqual([]);
    expect(terminator.told('answered')).toEqual([]);
  });

  test('does not wait for connections without a session', async () => {
    await using terminator = await startTerminator();
    await using peers = new AsyncDisposableStack();
    const silent = peers.use(await openTcp(terminator));
    const halfway = peers.use(await openTls(terminator));
    const plain = peers.use(await openTls(terminator));
    plain.socket.write('GET /nbwss HTTP/1.1\r\nHost: l\r\nConnection: keep-alive\r\n');
    const begun = performance.now();
    await soon(terminator.listener.close(), 'a closed listener');
    expect(performance.now() - begun).toBeLessThan(1_000);
    for (const peer of [silent, halfway, plain]) await peer.closed();
  });

  test('does not wait for ever for a peer that does not answer its close frame', async () => {
    await using terminator = await startTerminator();
    await using stuck = await openPrimary(terminator);
    await using good = await openPrimary(terminator, 'primary2');
    stuck.tls.pause();
    const closing = terminator.listener.close();
    expect(await good.closed()).toEqual(goingAway);
    await soon(closing, 'a closed listener');
    expect(terminator.told('closed')).toHaveLength(2);
    expect(terminator.told('closed').map(([, , code, byUs]) => [code, byUs])).toEqual([
      [1001, true],
      [1001, true],
    ]);
  });

  test('may be told to twice, and to drain after that', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    terminator.listener.drain();
    terminator.listener.drain();
    await Promise.all([terminator.listener.close(), terminator.listener.close()]);
    terminator.listener.drain();
    await terminator.listener.close();
    expect(await peer.closed()).toEqual(goingAway);
  });

  test('leaves no socket, no timer and no session behind', async () => {
    const before = handles();
    {
      await using terminator = await startTerminator({ deliver: () => new Promise(() => {}) });
      await using peers = new AsyncDisposableStack();
      for (let n = 0; n < 5; n++) {
        const primary = peers.use(await openPrimary(terminator));
        primary.send(notification(`N${n}`));
        peers.use(await openPeer(terminator));
        peers.use(await openTls(terminator));
        peers.use(await openTcp(terminator));
      }
      await terminator.message(5);
      await terminator.listener.close();
      expect(terminator.listener.sessions.size).toBe(0);
      expect(terminator.told('closed')).toHaveLength(10);
    }
    const left = handles();
    for (const kind of before) {
      const at = left.indexOf(kind);
      if (at >= 0) left.splice(at, 1);
    }
    expect(left).toEqual([]);
  });
});

/** The kinds of what keeps this process alive. */
function handles(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|Timeout/.test(kind));
}
