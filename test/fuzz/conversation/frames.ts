/** Everything that a peer may write in one go, and what it means to the protocol: WebSocket's first, and NBWSS's where it is a message. */
import { connectRequest, frame, notification } from '../../helpers/peer.ts';

/** Small, so that a few frames go beyond them. */
export const wireLimits = {
  maxPayloadBytes: 4096,
  maxFragments: 8,
  maxEntries: 5,
  maxValues: 400_000,
  maxDepth: 8,
  maxNames: 10_000,
  maxUnauthenticatedBytes: 8 * 1024,
} as const;

/** What a whole message is to a session that waits for nothing else. */
export type Content =
  | { readonly is: 'connect'; readonly id: string; readonly valid: boolean }
  | { readonly is: 'ignored' }
  | { readonly is: 'delivered'; readonly kind: 'notification' | 'rejected'; readonly id: string | null };

export type Meaning =
  | { readonly is: 'message'; readonly content: Content }
  /** The first or the last part of a message; between them other messages are violations. */
  | { readonly is: 'first-part' }
  | { readonly is: 'last-part'; readonly content: Content }
  | { readonly is: 'violation'; readonly code: number; readonly limit: 'payload' | 'fragments' | null }
  | { readonly is: 'pings'; readonly count: number }
  | { readonly is: 'nothing' }
  | { readonly is: 'close'; readonly code: number };

export interface Written {
  readonly bytes: Buffer;
  readonly meanings: readonly Meaning[];
}

const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

function message(content: Content, payload: Buffer, kind: 'text' | 'binary' = 'text'): Written {
  return { bytes: frame(opcode[kind], payload), meanings: [{ is: 'message', content }] };
}
function delivered(
  id: string | null,
  payload: Buffer,
  kind: 'notification' | 'rejected' = 'rejected',
): Written {
  return message({ is: 'delivered', kind, id }, payload);
}
function violation(code: number, bytes: Buffer, limit: 'payload' | 'fragments' | null = null): Written {
  return { bytes, meanings: [{ is: 'violation', code, limit }] };
}
function connect(id: string, token: unknown, valid: boolean): Written {
  return message({ is: 'connect', id, valid }, json({ ...connectRequest({ id }), payload: { token } }));
}
function closeFrame(code: number | null): Written {
  const payload = Buffer.alloc(code === null ? 0 : 2);
  if (code !== null) payload.writeUInt16BE(code);
  return { bytes: frame(opcode.close, payload), meanings: [{ is: 'close', code: code ?? 1005 }] };
}

/** One notification in so many fragments, with a ping between the first two. */
function fragments(id: string, count: number): Buffer {
  const payload = json(notification(id));
  const size = Math.floor(payload.length / count);
  const parts = Array.from({ length: count }, (_, n) => {
    const last = n === count - 1;
    const part = payload.subarray(n * size, last ? undefined : (n + 1) * size);
    return frame(n === 0 ? opcode.text : opcode.continuation, part, { fin: last });
  });
  return Buffer.concat([...parts.slice(0, 1), frame(opcode.ping, Buffer.from('between')), ...parts.slice(1)]);
}

const part = json(notification('PARTS'));
const anEntry = { jobId: 1, clientName: 'c' };
const manyEntries = Array.from({ length: wireLimits.maxEntries + 1 }, () => anEntry);
const nested = `${'['.repeat(10)}${']'.repeat(10)}`;

type Write = (n: number) => Written;

const table = {
  connect: () => connect('CONNECT-1', 'secret', true),
  'connect with another id': () => connect('CONNECT-2', 'secret', true),
  'connect with a bad token': () => connect('CONNECT-1', 'wrong', false),
  'connect without a token': () => connect('CONNECT-1', 17, false),

  notification: (n) => delivered(`N${n}`, json(notification(`N${n}`)), 'notification'),
  'the same notification': () => delivered('SAME', json(notification('SAME')), 'notification'),
  'an empty notification': (n) => delivered(`E${n}`, json(notification(`E${n}`, [])), 'notification'),
  'a notification of which a part makes no sense': (n) =>
    delivered(
      `M${n}`,
      json(notification(`M${n}`, [null, { object: 'JOB', data: [anEntry] }])),
      'notification',
    ),
  'a binary notification': (n) =>
    message({ is: 'delivered', kind: 'notification', id: `B${n}` }, json(notification(`B${n}`)), 'binary'),
  'a notification in fragments': (n) => ({
    bytes: fragments(`F${n}`, 4),
    meanings: [
      { is: 'first-part' },
      { is: 'pings', count: 1 },
      { is: 'last-part', content: { is: 'delivered', kind: 'notification', id: `F${n}` } },
    ],
  }),
  'the first part': () => ({
    bytes: frame(opcode.text, part.subarray(0, 20), { fin: false }),
    meanings: [{ is: 'first-part' }],
  }),
  'the last part': () => ({
    bytes: frame(opcode.continuation, part.subarray(20)),
    meanings: [{ is: 'last-part', content: { is: 'delivered', kind: 'notification', id: 'PARTS' } }],
  }),

  'no notifications': (n) => delivered(`R${n}`, json(notification(`R${n}`, {}))),
  'too deep': (n) => delivered(`R${n}`, json(notification(`R${n}`, JSON.parse(nested)))),
  'too many entries': (n) =>
    delivered(`R${n}`, json(notification(`R${n}`, [{ object: 'JOB', data: manyEntries }]))),
  'an unknown type': (n) => delivered(`R${n}`, json({ ...notification(`R${n}`), type: 'HELLO' })),
  garbage: () => delivered(null, Buffer.from('hello')),
  'no bytes': () => delivered(null, Buffer.alloc(0)),
  'binary garbage': () =>
    message({ is: 'delivered', kind: 'rejected', id: null }, Buffer.from([0x7b, 0xff, 0x7d]), 'binary'),
  'no id': () => delivered(null, json({ type: 'NOTIFICATION', subType: 'REQUEST', payload: [] })),
  'a connect without id': () => delivered(null, json({ ...connectRequest(), id: null })),
  'a command': (n) => message({ is: 'ignored' }, json({ ...notification(`C${n}`), type: 'COMMAND' })),
  'a response': (n) => message({ is: 'ignored' }, json({ ...notification(`C${n}`), subType: 'RESPONSE' })),

  'too large': () =>
    violation(1009, frame(opcode.text, Buffer.alloc(wireLimits.maxPayloadBytes + 1)), 'payload'),
  'too many fragments': () => violation(1008, tooManyFragments, 'fragments'),
  compressed: () => violation(1002, frame(opcode.text, Buffer.from('{}'), { rsv1: true })),
  'an unknown opcode': () => violation(1002, frame(3, Buffer.from('{}'))),
  'not masked': () => violation(1002, Buffer.from([0x81, 0x02, 0x7b, 0x7d])),
  'a long ping': () => violation(1002, frame(opcode.ping, Buffer.alloc(126))),
  'a close with a reserved code': () => violation(1002, closeFrame(1005).bytes),
  'a close of one byte': () => violation(1002, frame(opcode.close, Buffer.alloc(1))),
  'text that is no UTF-8': () => violation(1007, frame(opcode.text, Buffer.from([0x7b, 0xff, 0x7d]))),

  'a ping': () => pings(1, 0),
  'many pings': () => pings(40, 125),
  'a pong': () => ({ bytes: frame(opcode.pong, Buffer.from('?')), meanings: [{ is: 'nothing' }] }),
  'a close': () => closeFrame(1000),
  'a close without a code': () => closeFrame(null),
  'a close with a code of its own': () => closeFrame(4321),
} satisfies Record<string, Write>;

const tooManyFragments = Buffer.concat([
  frame(opcode.text, Buffer.from('{'), { fin: false }),
  ...Array.from({ length: wireLimits.maxFragments }, () =>
    frame(opcode.continuation, Buffer.from(' '), { fin: false }),
  ),
]);

function pings(count: number, bytes: number): Written {
  const all = Array.from({ length: count }, () => frame(opcode.ping, Buffer.alloc(bytes, '.')));
  return { bytes: Buffer.concat(all), meanings: [{ is: 'pings', count }] };
}

export type FrameName = keyof typeof table;
export const frameNames = Object.keys(table) as FrameName[];
/** @param n makes the ids of its messages its own */
export function write(name: FrameName, n: number): Written {
  const frame: Write = table[name];
  return frame(n);
}
