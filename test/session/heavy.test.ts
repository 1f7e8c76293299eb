import { expect, test } from 'vitest';
import { job, jobs } from '../helpers/messages.ts';
import { expectService, frame, notification, openPrimary, type Peer } from '../helpers/peer.ts';
import { startTerminator } from '../helpers/terminator.ts';

const opcode = { continuation: 0, text: 1 };
const wide = { limits: { maxPayloadBytes: 8 * 1024 * 1024 } };
const heavy = (id: string, note = '') =>
  notification(id, [jobs(...Array.from({ length: 2_000 }, () => ({ ...job, note })))]);

test('messages of a session stay in their order, heavy or light', async () => {
  await using terminator = await startTerminator(wide);
  await using peer = await openPrimary(terminator);
  const ids = Array.from({ length: 12 }, (_, n) => `M${n}`);
  for (const [n, id] of ids.entries()) peer.send(n % 3 === 0 ? heavy(id, 'x'.repeat(200)) : notification(id));
  for (const id of ids) expect(await peer.next()).toMatchObject({ id });
  expect(terminator.delivered.map(({ id }) => id)).toEqual(ids);
});

test('another primary is answered while a heavy message waits for room', async () => {
  const room = Promise.withResolvers<void>();
  let full = true;
  await using terminator = await startTerminator({ ...wide, room: () => (full ? room.promise : null) });
  await using peer = await openPrimary(terminator);
  await using other = await openPrimary(terminator, 'primary2');
  peer.send(heavy('H1'));
  peer.send(notification('N1'));
  other.send(notification('O1'));
  expect(await other.next()).toMatchObject({ id: 'O1' });
  expect(terminator.delivered.map(({ id }) => id)).toEqual(['O1']);
  full = false;
  room.resolve();
  for (const id of ['H1', 'N1']) expect(await peer.next()).toMatchObject({ id });
});

const large = (id: string) =>
  Buffer.from(JSON.stringify(notification(id, [jobs({ ...job, note: 'x'.repeat(1_000_000) })])));

/** The server has what was sent of the frame: a ping between its fragments is answered. */
async function beginLarge(peer: Peer, message: Buffer): Promise<void> {
  peer.tls.write(frame(opcode.text, message.subarray(0, 500_000), { fin: false }));
  await peer.roundTrip();
}

test('of two sessions one may receive a large frame, and the other its own when that is whole', async () => {
  await using terminator = await startTerminator(wide);
  await using first = await openPrimary(terminator);
  await using second = await openPrimary(terminator);
  const message = large('F1');
  await beginLarge(first, message);
  second.send(large('S1'));
  for (let n = 0; n < 5; n++) await expectService(terminator);
  expect(terminator.delivered.map(({ id }) => id)).not.toContain('S1');
  first.tls.write(frame(opcode.continuation, message.subarray(500_000)));
  expect(await first.next()).toMatchObject({ id: 'F1' });
  expect(await second.next()).toMatchObject({ id: 'S1' });
});

test('a session that ends in the middle of a large frame leaves its place to the next', async () => {
  await using terminator = await startTerminator(wide);
  await using first = await openPrimary(terminator);
  await using second = await openPrimary(terminator);
  await beginLarge(first, large('F1'));
  second.send(large('S1'));
  first.tls.destroy();
  expect(await second.next()).toMatchObject({ id: 'S1' });
});

test('a session that is drained in the middle of a large frame leaves its place to the next', async () => {
  await using terminator = await startTerminator(wide);
  await using first = await openPrimary(terminator);
  const [session] = terminator.listener.sessions;
  await using second = await openPrimary(terminator);
  await beginLarge(first, large('F1'));
  session?.drain();
  second.send(large('S1'));
  expect(await second.next()).toMatchObject({ id: 'S1' });
});
