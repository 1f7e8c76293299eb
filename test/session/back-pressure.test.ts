import { describe, expect, test } from 'vitest';

import { connectRequest, notification, openPeer, openPrimary, openTcp, type Peer } from '../helpers/peer.ts';
import { startTerminator, type Terminator, type TerminatorOptions } from '../helpers/terminator.ts';

/** Deliveries that wait, and relief below `limit` of them for primary1; primary2 is never held back. */
async function startSlow(limit: number, options: TerminatorOptions = {}) {
  const pending: PromiseWithResolvers<void>[] = [];
  let relieved = Promise.withResolvers<void>();
  const terminator = await startTerminator({
    deliver({ primary }) {
      if (primary === 'primary2') return Promise.resolve();
      const delivery = Promise.withResolvers<void>();
      pending.push(delivery);
      return delivery.promise;
    },
    relief: (primary) => (primary === 'primary1' && pending.length >= limit ? relieved.promise : null),
    ...options,
  });
  return Object.assign(terminator, {
    /** Ends the oldest deliveries. */
    finish(count = pending.length) {
      pending.splice(0, count).forEach(({ resolve }) => resolve());
      relieved.resolve();
      relieved = Promise.withResolvers();
    },
  });
}

/** Another primary's messages come and go: the event loop turned, and whatever could be read was read. */
async function otherTraffic(terminator: Terminator): Promise<void> {
  await using other = await openPrimary(terminator, 'primary2');
  for (let n = 0; n < 5; n++) {
    other.send(notification(`O${n}`));
    expect(await other.next()).toMatchObject({ id: `O${n}` });
  }
}

const large = (id: string): object => notification(id, [{ object: 'JOB', data: ['x'.repeat(4096)] }]);
const deliveredTo = ({ delivered }: Terminator, primary: string): number =>
  delivered.filter((message) => message.primary === primary).length;

/** N1 of the first connection waits: N2 of the second isn't read before there is relief, and then each is answered. */
async function expectHeldBack(
  terminator: Awaited<ReturnType<typeof startSlow>>,
  first: Peer,
  second: Peer,
): Promise<void> {
  second.send(notification('N2'));
  await otherTraffic(terminator);
  expect(deliveredTo(terminator, 'primary1')).toBe(1);
  terminator.finish();
  expect(await first.next()).toMatchObject({ id: 'N1' });
  await terminator.message(1 + 5 + 1);
  terminator.finish();
  expect(await second.next()).toMatchObject({ id: 'N2' });
}

describe('a primary at its limits', () => {
  test('is not read any further, and goes on when there is relief', async () => {
    await using terminator = await startSlow(2);
    await using peer = await openPrimary(terminator);
    for (let n = 0; n < 500; n++) peer.send(large(`N${n}`));
    expect(await terminator.event('paused')).toEqual(['primary1', true]);
    await otherTraffic(terminator);
    const read = deliveredTo(terminator, 'primary1');
    // What one read from the socket holds: 64 KiB at the most.
    expect(read).toBeLessThanOrEqual(2 + 16);
    await otherTraffic(terminator);
    expect(deliveredTo(terminator, 'primary1')).toBe(read);

    let answered = 0;
    while (answered < 500) {
      const delivered = deliveredTo(terminator, 'primary1');
      const others = terminator.delivered.length - delivered;
      terminator.finish();
      for (; answered < delivered; answered++) {
        expect(await peer.next()).toMatchObject({ id: `N${answered}` });
      }
      if (answered < 500) await terminator.message(others + answered + 1);
    }
    expect(deliveredTo(terminator, 'primary1')).toBe(500);
  });

  test('is told to be paused once, and once that it is not', async () => {
    await using terminator = await startSlow(1);
    await using peer = await openPrimary(terminator);
    for (let n = 0; n < 3; n++) peer.send(notification(`N${n}`));
    await terminator.event('paused');
    await otherTraffic(terminator);
    terminator.finish();
    await terminator.event('paused', 2);
    expect(terminator.told('paused').slice(0, 2)).toEqual([
      ['primary1', true],
      ['primary1', false],
    ]);
  });

  test('stays paused when others used up the relief', async () => {
    const turns = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let turn = 0;
    await using terminator = await startTerminator({ relief: () => turns[turn]?.promise ?? null });
    await using peer = await openPrimary(terminator);
    expect(await terminator.event('paused')).toEqual(['primary1', true]);
    peer.send(notification('N1'));
    turn = 1;
    turns[0]?.resolve();
    await turns[0]?.promise;
    expect(terminator.told('paused')).toHaveLength(1);
    turn = 2;
    turns[1]?.resolve();
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    expect(terminator.told('paused')).toEqual([
      ['primary1', true],
      ['primary1', false],
    ]);
  });

  test('is answered its CONNECT on a new connection, and not read beyond it', async () => {
    await using terminator = await startSlow(1);
    await using first = await openPrimary(terminator);
    first.send(notification('N1'));
    await terminator.event('paused');
    await using second = await openPrimary(terminator);
    await expectHeldBack(terminator, first, second);
  });

  test('is not read on any of its connections, also on those that have sent nothing yet', async () => {
    await using terminator = await startSlow(1);
    await using first = await openPrimary(terminator);
    await using second = await openPrimary(terminator);
    first.send(notification('N1'));
    await terminator.event('paused', 2);
    await expectHeldBack(terminator, first, second);
  });

  test('keeps its connection for longer than the heartbeat, although it reads no pong', async () => {
    await using terminator = await startSlow(1, {
      limits: { heartbeatIntervalMs: 20, heartbeatMisses: 1 },
      gate: { connectTimeoutMs: 1_000 },
    });
    await using peer = await openPrimary(terminator);
    await using clock = await openTcp(terminator);
    peer.send(notification('N1'));
    await terminator.event('paused');
    await clock.closed();
    terminator.finish();
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    expect(terminator.told('limitHit')).toEqual([]);
  });
});

describe('a paused session', () => {
  test('ends when its time is over, and later relief finds it gone', async () => {
    await using terminator = await startSlow(1, { limits: { pausedTimeoutMs: 50 } });
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1006, true]);
    expect(terminator.told('limitHit')).toEqual([['heartbeat', expect.any(String)]]);
    expect(terminator.told('paused')).toEqual([
      ['primary1', true],
      ['primary1', false],
    ]);
    terminator.finish();
    await otherTraffic(terminator);
    expect(terminator.told('paused')).toHaveLength(2);
    expect(terminator.told('answered').filter(([primary]) => primary === 'primary1')).toEqual([]);
    await using next = await openPeer(terminator);
    next.send(connectRequest());
    expect(await next.next()).toMatchObject({ payload: { valid: true } });
  });

  test('is closed as promptly as any other, and what it did not read is not delivered', async () => {
    await using terminator = await startSlow(1);
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    await terminator.event('paused');
    for (let n = 0; n < 50; n++) peer.send(large(`M${n}`));
    for (const session of terminator.listener.sessions) session.close(1001, 'fail back');
    expect(await peer.closed()).toEqual({ code: 1001, reason: 'fail back' });
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1001, true]);
    expect(terminator.told('paused')).toEqual([
      ['primary1', true],
      ['primary1', false],
    ]);
    terminator.finish();
    await otherTraffic(terminator);
    expect(deliveredTo(terminator, 'primary1')).toBe(1);
    expect(terminator.told('paused')).toHaveLength(2);
  });

  test('that drains answers what is in flight, and takes nothing more', async () => {
    await using terminator = await startSlow(1);
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    await terminator.event('paused');
    peer.send(notification('N2'));
    terminator.listener.drain();
    terminator.finish();
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    await peer.roundTrip();
    expect(terminator.delivered).toHaveLength(1);
  });
});

test('a peer whose messages are dear is read in turns: another is answered in between', async () => {
  const dearMs = 2;
  await using terminator = await startTerminator({
    deliver({ primary }) {
      const end = performance.now() + (primary === 'primary1' ? dearMs : 0);
      while (performance.now() < end);
      return Promise.resolve();
    },
  });
  await using flooding = await openPrimary(terminator);
  await using other = await openPrimary(terminator, 'primary2');
  for (let n = 0; n < 500; n++) flooding.send(notification(`N${n}`));
  await terminator.message();
  other.send(notification('OTHER'));
  expect(await other.next()).toMatchObject({ id: 'OTHER' });
  expect(terminator.delivered.length).toBeLessThan(500);
  for (let n = 0; n < 500; n++) expect(await flooding.next()).toMatchObject({ id: `N${n}` });
});
