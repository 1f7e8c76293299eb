import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Ask, BrokerConnection } from '../../../src/kafka/kafkajs.ts';
import { createLink, CutError, NotSentError } from '../../../src/kafka/link.ts';
import { isSettled, turn } from '../produce/given.ts';

const boundMs = 5_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

interface Asked {
  readonly ask: Ask<string>;
  write(): void;
  resolve(answer: string): void;
  reject(error: Error): void;
}

/** A connection that is what the test makes of it; like the client's it rejects what is open when it is destroyed, unless it hangs. */
interface FakeConnection extends BrokerConnection {
  isOpen: boolean;
  isAuthenticated: boolean;
  isCut: boolean;
  hangs: boolean;
  readonly asked: readonly Asked[];
  readonly destroyedBecause: string | null;
  opens(): void;
  refuses(error: Error): void;
}

function fakeConnection(): FakeConnection {
  const asked: Asked[] = [];
  const opening = Promise.withResolvers<void>();
  const rejecting: ((error: Error) => void)[] = [opening.reject];
  const connection = {
    isOpen: false,
    isAuthenticated: true,
    isCut: false,
    hangs: false,
    asked,
    destroyedBecause: null as string | null,
    open: () => opening.promise,
    ask<T>(ask: Ask<T>, onWrite: () => void) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      rejecting.push(reject);
      asked.push({ ask: ask as Ask<string>, write: onWrite, resolve, reject });
      return promise as Promise<T>;
    },
    destroy(reason: string) {
      connection.isOpen = false;
      connection.destroyedBecause ??= reason;
      if (!connection.hangs) for (const reject of rejecting) reject(new Error(reason));
    },
    opens() {
      connection.isOpen = true;
      opening.resolve();
    },
    refuses: opening.reject,
  };
  return connection;
}

function given(prepare: (connection: FakeConnection) => void = () => {}) {
  const connections: FakeConnection[] = [];
  const link = createLink(() => {
    const connection = fakeConnection();
    prepare(connection);
    connections.push(connection);
    return connection;
  }, boundMs);
  const connection = (index: number) => connections[index] as FakeConnection;
  return { link, connections, connection };
}

/** A link whose first connection is open. */
async function givenOpen() {
  const it = given((connection) => connection.opens());
  await it.link.open();
  const first = it.connection(0);
  return { ...it, first };
}

const ask = (name: string): Ask<string> =>
  Object.assign((() => name) as unknown as Ask<string>, { called: name });
const names = ({ asked }: FakeConnection) => asked.map(({ ask }) => (ask as { called?: string }).called);
/** The failure of a promise, with nothing left unhandled meanwhile. */
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

test('nothing connects before it is needed', () => {
  expect(given().connections).toHaveLength(0);
});

test('one opening serves all that wait for it, in their order', async () => {
  const { link, connections, connection } = given();
  const all = [link.ask(ask('a')), link.open(), link.ask(ask('b'))];
  await turn();
  expect(connections).toHaveLength(1);
  connection(0).opens();
  await turn();
  expect(names(connection(0))).toEqual(['a', 'b']);
  connection(0).asked.forEach(({ resolve }, index) => resolve(`answer ${index}`));
  expect(await Promise.all(all)).toEqual(['answer 0', undefined, 'answer 1']);
  expect(connections).toHaveLength(1);
});

test('on an open connection a request goes out in the same turn', async () => {
  const { link, first } = await givenOpen();
  void link.ask(ask('a'));
  void link.ask(ask('b'));
  expect(names(first)).toEqual(['a', 'b']);
});

test('a broker that is not reached is told to all that wait: nothing was sent', async () => {
  const { link, connections, connection } = given();
  const all = [failure(link.ask(ask('a'))), failure(link.open())];
  const refused = new Error('connect ECONNREFUSED');
  connection(0).refuses(refused);
  for (const each of await Promise.all(all)) {
    expect(each).toBeInstanceOf(NotSentError);
    expect(each).toMatchObject({ message: 'connect ECONNREFUSED', cause: refused });
  }
  expect(connection(0).destroyedBecause).toBe('the connection was given up');
  void failure(link.open());
  expect(connections).toHaveLength(2);
});

test('a request that failed before it was written was not sent', async () => {
  const { link, first } = await givenOpen();
  const failed = failure(link.ask(ask('a')));
  const error = new Error('Not connected');
  first.asked[0]?.reject(error);
  expect(await failed).toBeInstanceOf(NotSentError);
  expect(await failed).toMatchObject({ message: 'Not connected', cause: error });
});

test('a request that failed after it was written fails with the error itself', async () => {
  const { link, first } = await givenOpen();
  const failed = failure(link.ask(ask('a')));
  const error = new Error('read ECONNRESET');
  first.asked[0]?.write();
  first.asked[0]?.reject(error);
  expect(await failed).toBe(error);
});

test('a written request whose connection the broker ended says so; one that was not written was not sent', async () => {
  const { link, first } = await givenOpen();
  const [written, unwritten] = [failure(link.ask(ask('a'))), failure(link.ask(ask('b')))];
  first.asked[0]?.write();
  const error = new Error('Connection error: read ECONNRESET');
  first.isCut = true;
  first.asked.forEach(({ reject }) => reject(error));
  expect(await written).toBeInstanceOf(CutError);
  expect(await written).toMatchObject({ message: error.message, cause: error });
  expect(await unwritten).toBeInstanceOf(NotSentError);
});

test('a request that the broker has no version for was not sent, and costs nothing', async () => {
  const { link, first, connections } = await givenOpen();
  const error = new Error('does not support the requested API version');
  const original = first.ask.bind(first);
  first.ask = () => {
    throw error;
  };
  expect(await failure(link.ask(ask('a')))).toMatchObject({ name: 'NotSentError', cause: error });
  first.ask = original;
  void link.ask(ask('b'));
  expect(names(first)).toEqual(['b']);
  expect(connections).toHaveLength(1);
});

test('a connection that has ended is replaced, and never used again', async () => {
  const { link, first, connections, connection } = await givenOpen();
  first.isOpen = false;
  const answer = link.ask(ask('a'));
  expect(connections).toHaveLength(2);
  await turn();
  first.isOpen = true;
  void link.ask(ask('b'));
  expect(names(first)).toEqual([]);
  expect(names(connection(1))).toEqual(['a', 'b']);
  connection(1).asked[0]?.resolve('answer');
  await expect(answer).resolves.toBe('answer');
});

test('opening an ended connection opens a new one', async () => {
  const { link, first, connections } = await givenOpen();
  await link.open();
  expect(connections).toHaveLength(1);
  first.isOpen = false;
  await link.open();
  expect(connections).toHaveLength(2);
});

test('before a connection authenticates again what is under way on it settles; then one goes alone', async () => {
  const { link, first } = await givenOpen();
  const under = Promise.allSettled([link.ask(ask('a')), link.ask(ask('b'))]);
  first.isAuthenticated = false;
  const waiting = [link.ask(ask('c')), link.ask(ask('d'))];
  first.asked[0]?.resolve('a');
  await turn();
  expect(names(first)).toEqual(['a', 'b']);
  first.asked[1]?.reject(new Error('lost'));
  await turn();
  expect(names(first)).toEqual(['a', 'b', 'c']);
  void link.ask(ask('e'));
  await turn();
  expect(names(first)).toEqual(['a', 'b', 'c']);
  first.isAuthenticated = true;
  first.asked[2]?.resolve('c');
  await turn();
  expect(names(first)).toEqual(['a', 'b', 'c', 'd', 'e']);
  first.asked[3]?.resolve('d');
  expect((await under).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(await Promise.all(waiting)).toEqual(['c', 'd']);
});

test('a connection that could not authenticate again is given up, and the next request has a new one', async () => {
  const { link, connections, connection } = given();
  const opening = link.open();
  connection(0).opens();
  await opening;
  connection(0).isAuthenticated = false;
  const asked = link.ask(ask('a'));
  connection(0).asked[0]?.reject(new Error('the token endpoint is away'));
  await expect(asked).rejects.toThrow(NotSentError);
  expect(connection(0).destroyedBecause).toBe('the authentication failed');
  void link.ask(ask('b')).catch(() => {});
  expect(connections).toHaveLength(2);
});

test('with nothing under way the request that needs a new authentication goes at once', async () => {
  const { link, first } = await givenOpen();
  first.isAuthenticated = false;
  void link.ask(ask('a'));
  expect(names(first)).toEqual(['a']);
});

test('what waited for an authentication is not overtaken for ever by what comes after it', async () => {
  const { link, first } = await givenOpen();
  void link.ask(ask('a'));
  first.isAuthenticated = false;
  void link.ask(ask('b'));
  void link.ask(ask('c'));
  first.asked[0]?.resolve('a');
  await turn();
  expect(names(first)).toEqual(['a', 'b']);
  first.isAuthenticated = true;
  // There is always one more under way, as under load.
  void link.ask(ask('d'));
  first.asked[1]?.resolve('b');
  await turn();
  expect(names(first)).toContain('c');
});

test('what waits for an authentication goes over a new connection when this one ends', async () => {
  const { link, first, connections, connection } = await givenOpen();
  const failed = failure(link.ask(ask('a')));
  first.asked[0]?.write();
  first.isAuthenticated = false;
  void link.ask(ask('b'));
  first.destroy('the broker closed the connection');
  expect(await failed).toMatchObject({ message: 'the broker closed the connection' });
  await turn();
  expect(connections).toHaveLength(2);
  expect(names(connection(1))).toEqual(['b']);
});

test('a request that the client never settles fails within the bound, and costs the connection', async () => {
  const { link, first, connections } = await givenOpen();
  first.hangs = true;
  const failed = link.ask(ask('a'));
  const unwritten = failure(link.ask(ask('b')));
  first.asked[0]?.write();
  failed.catch(() => {});
  await vi.advanceTimersByTimeAsync(boundMs - 1);
  expect(await isSettled(failed)).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await expect(failed).rejects.toThrow("the Kafka client didn't settle a request in 5000 ms");
  await expect(failed).rejects.not.toBeInstanceOf(NotSentError);
  expect(await unwritten).toBeInstanceOf(NotSentError);
  expect(first.destroyedBecause).toContain("didn't settle");
  void link.ask(ask('c'));
  expect(connections).toHaveLength(2);
});

test('a connection that the client never opens fails within the bound, and the next is another one', async () => {
  const { link, connections, connection } = given((each) => {
    each.hangs = true;
  });
  const failed = failure(link.ask(ask('a')));
  await vi.advanceTimersByTimeAsync(boundMs);
  expect(await failed).toBeInstanceOf(NotSentError);
  expect(connection(0).destroyedBecause).toContain("didn't settle");
  void failure(link.ask(ask('b')));
  expect(connections).toHaveLength(2);
});

test('a request that is answered leaves no timer behind', async () => {
  const { link, first } = await givenOpen();
  const answer = link.ask(ask('a'));
  expect(vi.getTimerCount()).toBe(1);
  first.asked[0]?.resolve('answer');
  await answer;
  expect(vi.getTimerCount()).toBe(0);
});

test('a broker that closes each connection at once is not asked in a loop', async () => {
  const { link, connections } = given((connection) => {
    connection.opens();
    connection.isOpen = false;
  });
  const failed = await failure(link.ask(ask('a')));
  expect(failed).toBeInstanceOf(NotSentError);
  expect(failed).toMatchObject({ message: 'the broker closes each connection as soon as it is open' });
  expect(connections).toHaveLength(2);
});

test('the end rejects what is open, what is opening, and whatever comes later', async () => {
  const { link, first, connections } = await givenOpen();
  const written = failure(link.ask(ask('a')));
  first.asked[0]?.write();
  link.destroy('the client was closed');
  expect(await written).toMatchObject({ name: 'Error', message: 'the client was closed' });
  expect(first.destroyedBecause).toBe('the client was closed');
  for (const later of [link.ask(ask('b')), link.open()])
    expect(await failure(later)).toMatchObject({ name: 'NotSentError', message: 'the client was closed' });
  expect(connections).toHaveLength(1);
  const opening = given();
  const failed = [failure(opening.link.ask(ask('c'))), failure(opening.link.open())];
  opening.link.destroy('the client was closed');
  for (const each of failed)
    expect(await each).toMatchObject({ name: 'NotSentError', message: 'the client was closed' });
  expect(opening.connections).toHaveLength(1);
});

test('the end reaches what waits for an authentication', async () => {
  const { link, first } = await givenOpen();
  void failure(link.ask(ask('a')));
  first.isAuthenticated = false;
  const waiting = failure(link.ask(ask('b')));
  link.destroy('the client was closed');
  expect(await waiting).toMatchObject({ name: 'NotSentError', message: 'the client was closed' });
});

test('an opening that succeeds after the end is none', async () => {
  const { link, connection } = given((each) => {
    each.hangs = true;
  });
  const opened = failure(link.open());
  link.destroy('the client was closed');
  connection(0).opens();
  expect(await opened).toMatchObject({ name: 'NotSentError', message: 'the client was closed' });
});
