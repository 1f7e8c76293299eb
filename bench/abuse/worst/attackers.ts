/**
 * Bad primaries in a process of their own, which send messages of one shape: `attackers.ts <Attack as JSON>`. It tells when all are
 * connected, begins when it is told to, and answers every further message with what it has done so far.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { addressOf, type Endpoint, frame } from '../wire.ts';
import { openSession, type Session } from './session.ts';
import { numbered, type ShapeLimits } from './shape-parts.ts';
import { type Delivery, type Shape, shapes } from './shapes.ts';

export interface Attack {
  readonly endpoint: Endpoint;
  /** Of each bad primary. */
  readonly tokens: readonly string[];
  readonly shape: string;
  readonly limits: ShapeLimits;
  /** Of each primary. */
  readonly sessions: number;
  /** Messages of each session that are sent and not yet answered. */
  readonly inFlight: number;
}

/** What the attackers have done. */
export interface Done {
  readonly sent: number;
  readonly answered: number;
  readonly messageBytes: number;
}

/** Many addresses, so that none of them attempts too often. */
const firstAddress = 1000;
const reconnectMs = 200;

const wires: Readonly<Record<Delivery, (bytes: Buffer, fragments: number) => Buffer>> = {
  whole: (bytes) => frame(1, bytes),
  fragments: (bytes, count) => inFragments(bytes, Math.ceil(bytes.length / count)),
  bytes: (bytes) => inFragments(bytes, 1),
  unfinished: (bytes) => frame(1, bytes).subarray(0, -1),
  'unfinished fragments': (bytes, count) => inFragments(bytes, Math.ceil(bytes.length / (count - 1)), false),
};

function inFragments(bytes: Buffer, each: number, finished = true): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += each) {
    const isLast = at + each >= bytes.length;
    frames.push(frame(at === 0 ? 1 : 0, bytes.subarray(at, at + each), isLast && finished));
  }
  return Buffer.concat(frames);
}

async function run({ endpoint, tokens, limits, sessions, inFlight, ...attack }: Attack): Promise<void> {
  const { make, delivery = 'whole', unanswered = false, resent = false } = shapes[attack.shape] as Shape;
  const template = Buffer.from(make(limits));
  // Behind a frame that isn't finished there is no other.
  const width = delivery.startsWith('unfinished') ? 1 : inFlight;
  let addresses = firstAddress;
  let sent = 0;
  let answered = 0;
  const open = (token: string): Promise<Session> => openSession(endpoint, token, addressOf(addresses++));

  /** Sends one message after the other for as long as the session lasts. */
  async function sendOn(session: Session): Promise<void> {
    for (;;) {
      const number = resent ? 0 : sent + 1;
      sent++;
      const answer = session.answer(number);
      answer.catch(() => undefined);
      await session.write(wires[delivery](numbered(template, number), limits.fragments));
      if (delivery.startsWith('unfinished')) return await session.closed;
      if (unanswered) continue;
      await answer;
      answered++;
    }
  }

  async function attackWith(token: string, first: Session): Promise<never> {
    for (let session: Session | null = first; ; session = await open(token).catch(() => null)) {
      if (session !== null) {
        const open = session;
        await Promise.allSettled(Array.from({ length: width }, () => sendOn(open)));
        open[Symbol.dispose]();
      }
      await delay(reconnectMs);
    }
  }

  const owners = tokens.flatMap((token) => Array.from({ length: sessions }, () => token));
  const opened = await Promise.all(owners.map(open));
  process.once('message', () => {
    for (const [n, session] of opened.entries()) void attackWith(owners[n] ?? '', session);
    process.on('message', () => {
      process.send?.({ sent, answered, messageBytes: template.length } satisfies Done);
    });
  });
  process.send?.('connected');
}

process.on('disconnect', () => process.exit());
await run(JSON.parse(process.argv[2] ?? '') as Attack);
