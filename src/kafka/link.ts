import { reasonOf } from '../errors.ts';
import kafkajs, { type Ask, type BrokerConnection } from './kafkajs.ts';

/** A request of which nothing went out: it may be sent again as if it were new. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
  }
}

/** The broker ended the connection while a request was open, of which everything may have arrived. */
export class CutError extends Error {
  override readonly name = 'CutError';
  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
  }
}

/** One broker over one connection at a time, which is opened when it is needed and replaced when it has ended. */
export interface Link {
  /** Resolves when it is open. Rejects with NotSentError. */
  open(): Promise<void>;
  /**
   * Rejects with NotSentError where nothing was written, with CutError where the broker ended the connection instead of an answer; after any
   * other error the broker may have got the request, too.
   */
  ask<T>(ask: Ask<T>): Promise<T>;
  /** For good: what is open rejects, and whatever comes later. */
  destroy(reason: string): void;
}

type State =
  | { readonly is: 'closed' }
  | { readonly is: 'opening'; readonly opened: Promise<void> }
  | { readonly is: 'open'; readonly connection: BrokerConnection }
  | { readonly is: 'destroyed'; readonly reason: string };

/** The client gives up a request that isn't answered in time, and goes on with its connection. */
function isTimeout(error: unknown): boolean {
  return error instanceof kafkajs.KafkaJSRequestTimeoutError;
}

/** How often one request may open a connection. */
const maxOpenings = 2;

/**
 * @param connect makes a connection that isn't open yet
 * @param boundMs the longest that one request, or one opening, may take, with what it waits for in the client
 */
export function createLink(connect: () => BrokerConnection, boundMs: number): Link {
  let state: State = { is: 'closed' };
  let current: BrokerConnection | null = null;
  let open = 0;
  let whenSettled: (() => void)[] = [];

  return {
    async open() {
      if (state.is === 'destroyed') throw new NotSentError(new Error(state.reason));
      if (state.is !== 'open' || !state.connection.isOpen) await opened();
    },
    ask(ask) {
      const usable = usableNow();
      return usable === null ? askLater(ask) : send(usable, ask);
    },
    destroy(reason) {
      state = { is: 'destroyed', reason };
      current?.destroy(reason);
    },
  };

  /** In the same turn, so that what is gathered goes out in the order in which it was. */
  function usableNow(): BrokerConnection | null {
    if (state.is !== 'open') return null;
    if (!state.connection.isOpen) {
      state = { is: 'closed' };
      return null;
    }
    // While a connection authenticates again nothing else may be under way on it (KIP-368).
    return state.connection.isAuthenticated || open === 0 ? state.connection : null;
  }

  async function askLater<T>(ask: Ask<T>): Promise<T> {
    for (let openings = 0; ;) {
      if (state.is === 'destroyed') throw new NotSentError(new Error(state.reason));
      const usable = usableNow();
      if (usable !== null) return send(usable, ask);
      if (state.is === 'open') await new Promise<void>((resolve) => whenSettled.push(resolve));
      // A broker that closes each connection as soon as it is open isn't asked in a loop.
      else if (openings++ < maxOpenings) await opened();
      else throw new NotSentError(new Error('the broker closes each connection as soon as it is open'));
    }
  }

  /** Once for all that wait for it. */
  function opened(): Promise<void> {
    if (state.is === 'opening') return state.opened;
    const connection = connect();
    current = connection;
    const opening = bounded(connection, connection.open()).then(
      () => {
        if (state.is === 'destroyed') throw new NotSentError(new Error(state.reason));
        state = { is: 'open', connection };
      },
      (error: unknown) => {
        if (state.is === 'opening') state = { is: 'closed' };
        connection.destroy('the connection was given up');
        throw new NotSentError(error);
      },
    );
    state = { is: 'opening', opened: opening };
    return opening;
  }

  async function send<T>(connection: BrokerConnection, ask: Ask<T>): Promise<T> {
    const authenticates = !connection.isAuthenticated;
    let written = false;
    open++;
    try {
      return await bounded(
        connection,
        connection.ask(ask, () => {
          written = true;
        }),
      );
    } catch (error) {
      if (written) {
        // Else the broker still has it before it, and everything behind it waits.
        if (isTimeout(error)) connection.destroy('a request was not answered in time');
        throw connection.isCut ? new CutError(error) : error;
      }
      // The broker doesn't take another authentication on a connection where one has failed.
      if (authenticates) connection.destroy('the authentication failed');
      throw new NotSentError(error);
    } finally {
      open--;
      // Whoever waits looks again: the connection may be authenticated by now, or has nothing open any more.
      const waiting = whenSettled;
      whenSettled = [];
      waiting.forEach((resume) => resume());
    }
  }

  /** The client has bounds of its own; this one holds where they fail, and costs the connection. */
  async function bounded<T>(connection: BrokerConnection, settles: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const reason = `the Kafka client didn't settle a request in ${boundMs} ms`;
      connection.destroy(reason);
      reject(new Error(reason));
    }, boundMs);
    try {
      return await Promise.race([settles, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
