import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Message } from '../../../src/protocol/message.ts';
import { createInbox, type Inbox } from '../../../src/session/inbox.ts';
import { createReceipts } from '../../../src/session/receipts.ts';
import { createWorkshop } from '../../../src/session/workshop.ts';
import { arrivedAt, envelope, frameOf, job, jobs, limits } from '../../helpers/messages.ts';

interface Handled {
  readonly id: string;
  /** Its records have taken their places. */
  taken(): void;
}

function givenInboxes(room: () => Promise<void> | null = () => null) {
  const workshop = createWorkshop(room);
  const receipts = createReceipts();
  const handled: Handled[] = [];

  /** @returns an inbox, and what hinders its socket from being read */
  function inboxOf(primary: string): Inbox & { readonly hindrances: ReadonlySet<string> } {
    const hindrances = new Set<string>();
    const inbox = createInbox({
      primary,
      reading: { stop: (why) => hindrances.add(why), goOn: (why) => hindrances.delete(why) },
      receipts,
      workshop,
      limits,
      now: () => arrivedAt,
      handle: (message: Message, _, taken) =>
        handled.push({ id: String('id' in message ? message.id : null), taken }),
    });
    return Object.assign(inbox, { hindrances });
  }

  return {
    inboxOf,
    handled,
    ids: () => handled.map(({ id }) => id),
    /** The message with this id is taken, and whatever may follow has followed. */
    async take(id: string) {
      handled.find((each) => each.id === id)?.taken();
      for (let turn = 0; turn < 20; turn++) await setImmediate();
    },
  };
}

const small = (id: string) => frameOf(envelope([jobs(job)], { id }));
/** Of few bytes and many entries. */
const heavy = (id: string) => frameOf(envelope([jobs(...Array.from({ length: 400 }, () => job))], { id }));
const large = (id: string) => frameOf(envelope([jobs({ ...job, note: 'x'.repeat(200_000) })], { id }));
const nothing = 'none';

test('a light message is handled at once', () => {
  const { inboxOf, ids } = givenInboxes();
  const inbox = inboxOf('a');
  inbox.take(small('1'));
  inbox.take(small('2'));
  expect(ids()).toEqual(['1', '2']);
  expect(inbox.hindrances.size).toBe(0);
});

test.each([
  ['of many entries', heavy],
  ['of many bytes', large],
])('what comes behind a heavy message %s waits until that has taken its places', async (_, make) => {
  const { inboxOf, ids, take } = givenInboxes();
  const [inbox, other] = [inboxOf('a'), inboxOf('a')];
  inbox.take(make('1'));
  inbox.take(small('2'));
  await take(nothing);
  other.take(small('3'));
  expect(ids()).toEqual(['1']);
  expect([...inbox.hindrances, ...other.hindrances]).toEqual(['heavy', 'heavy']);
  await take('1');
  // Between two sessions there is no order.
  for (const id of ids().slice(1)) await take(id);
  for (const id of ids().slice(2)) await take(id);
  expect(ids().toSorted()).toEqual(['1', '2', '3']);
  expect([...inbox.hindrances, ...other.hindrances]).toEqual([]);
});

test('other primaries go on, but for their heavy messages: those go one by one', async () => {
  const { inboxOf, ids, take } = givenInboxes();
  inboxOf('a').take(heavy('a1'));
  const [b, c] = [inboxOf('b'), inboxOf('c')];
  await take(nothing);
  b.take(small('b1'));
  b.take(heavy('b2'));
  c.take(large('c1'));
  await take(nothing);
  expect(ids()).toEqual(['a1', 'b1']);
  await take('a1');
  expect(ids()).toEqual(['a1', 'b1', 'b2']);
  await take('b2');
  expect(ids()).toEqual(['a1', 'b1', 'b2', 'c1']);
});

test('a heavy message waits until there is room', async () => {
  let full: PromiseWithResolvers<void> | null = Promise.withResolvers();
  const { inboxOf, ids, take } = givenInboxes(() => full?.promise ?? null);
  const inbox = inboxOf('a');
  inbox.take(heavy('1'));
  await take(nothing);
  expect(ids()).toEqual([]);
  const { resolve } = full;
  full = null;
  resolve();
  await take(nothing);
  expect(ids()).toEqual(['1']);
});

test('a session that is closed handles nothing more, and keeps nobody else from the workshop', async () => {
  const { inboxOf, ids, take } = givenInboxes();
  inboxOf('a').take(heavy('a1'));
  const gone = inboxOf('b');
  gone.take(heavy('b1'));
  gone.take(small('b2'));
  const other = inboxOf('c');
  other.take(heavy('c1'));
  await take(nothing);
  gone.close();
  expect(gone.hindrances.size).toBe(0);
  await take('a1');
  expect(ids()).toEqual(['a1', 'c1']);
});

test('one large frame of a primary is received at a time; the next session goes on when it has its places', async () => {
  const { inboxOf, take } = givenInboxes();
  const [first, second, third, other] = [inboxOf('a'), inboxOf('a'), inboxOf('a'), inboxOf('b')];
  for (const inbox of [first, second, third, other]) {
    inbox.receive(100_000);
    expect(inbox.hindrances.size).toBe(0);
    inbox.receive(100_000);
  }
  const held = () => [first, second, third, other].map(({ hindrances }) => hindrances.has('receipt'));
  expect(held()).toEqual([false, true, true, false]);
  first.receive(100_000);
  first.take(large('1'));
  await take(nothing);
  expect(held()).toEqual([false, true, true, false]);
  await take('1');
  expect(held()).toEqual([false, false, true, false]);
  third.close();
  second.close();
  expect(held()).toEqual([false, false, false, false]);
});

test('many small frames are no large one', () => {
  const { inboxOf } = givenInboxes();
  const [first, second] = [inboxOf('a'), inboxOf('a')];
  first.receive(1_000_000);
  for (let n = 0; n < 10; n++) {
    second.receive(100_000);
    second.take(small(String(n)));
  }
  expect(second.hindrances.size).toBe(0);
});

test('what comes when much was done in a turn of the event loop waits for the next, in its order', async () => {
  const { inboxOf, ids, handled, take } = givenInboxes();
  const [first, second, third] = [inboxOf('a'), inboxOf('b'), inboxOf('c')];
  first.take(small('a1'));
  for (const end = performance.now() + 30; performance.now() < end;);
  second.take(small('b1'));
  second.take(small('b2'));
  third.take(small('c1'));
  expect(ids()).toEqual(['a1']);
  expect(second.hindrances).toEqual(new Set(['heavy']));
  for (let turn = 0; turn < 10; turn++) {
    await take(nothing);
    for (const { taken } of handled) taken();
  }
  expect(ids().filter((id) => id !== 'c1')).toEqual(['a1', 'b1', 'b2']);
  expect(ids()).toContain('c1');
  expect(second.hindrances.size).toBe(0);
});
