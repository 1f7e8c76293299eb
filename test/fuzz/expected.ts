/**
 * What has to become of a frame, read from the truth table and from the frame's text alone (docs/delivery.md): the bridge's codec, split and
 * encoder are compared with it. Slow and plain, and it shares nothing with them but the names of the reasons.
 */
import type { CodecLimits } from '../../src/protocol/codec.ts';
import type { JsonPath } from '../../src/protocol/frame.ts';
import type { FrameRejection, Oddity } from '../../src/protocol/message.ts';
import type { Unwritable } from '../../src/split/entry.ts';
import { type FieldKind, held, isReadable, unwritableBecause } from './expected-entry.ts';
import { field, type JsonNode, nestsDeeper, parseNodes, stringOf } from './json-nodes.ts';

/** One record or dead letter. */
export interface Piece {
  readonly path: JsonPath;
  /** What a dead letter of it holds; null: the whole frame. */
  readonly node: JsonNode | null;
  readonly entryIndex: number | null;
  readonly object: string | null;
  readonly kind: 'job' | 'image' | null;
  readonly notificationType: string | null;
  /** Not empty: it is a dead letter for one of these reasons. */
  readonly reasons: ReadonlySet<Unwritable>;
}

/** Exactly one row of the truth table. */
export type Row =
  | { readonly kind: 'connect'; readonly id: string; readonly token: string }
  | { readonly kind: 'ignored'; readonly id: string; readonly type: 'COMMAND' | 'RESPONSE' }
  | Rejected
  | {
      readonly kind: 'notification';
      readonly id: string;
      readonly notifiedAt: number;
      readonly oddities: readonly Oddity[];
      readonly pieces: readonly Piece[];
    };
interface Rejected {
  readonly kind: 'rejected';
  readonly id: string | null;
  readonly reason: FrameRejection;
  readonly pieces: readonly [Piece];
}

/** The wire's fields, and what their records' fields hold; `!` can't be missing. */
export const wireFields: Readonly<Record<'job' | 'image', Readonly<Record<string, FieldKind>>>> = {
  job: {
    jobId: 'long!',
    parentJobId: 'long',
    jobType: 'string',
    state: 'string',
    status: 'int',
    startTime: 'time',
    clientName: 'string!',
    policyName: 'string',
    policyType: 'string',
    scheduleType: 'string',
  },
  image: {
    backupId: 'string!',
    backupTime: 'time',
    createdTime: 'time',
    operationId: 'string',
    clientName: 'string!',
    clientType: 'string',
  },
};

/** @param receivedAt Unix ms */
export function expectedRow(bytes: Buffer, receivedAt: number, limits: CodecLimits): Row {
  const root = rootOf(bytes);
  if (root?.kind !== 'object') return rejected(null, 'not-json');
  const id = stringOf(field(root, 'id'));
  if (id === undefined || !isReadableId(id)) return rejected(null, 'no-id');
  const type = stringOf(field(root, 'type'));
  const subType = stringOf(field(root, 'subType'));
  const payload = field(root, 'payload');
  if (type === 'CONNECT' && subType === 'REQUEST') {
    return { kind: 'connect', id, token: stringOf(field(payload, 'token')) ?? '' };
  }
  if (type === 'COMMAND') return { kind: 'ignored', id, type };
  if (subType === 'RESPONSE') return { kind: 'ignored', id, type: subType };
  if (type !== 'NOTIFICATION' || subType !== 'REQUEST' || payload?.kind !== 'array')
    return rejected(id, 'no-notification');
  if (nestsDeeper(root, limits.maxDepth)) return rejected(id, 'too-deep');
  const lists = payload.items.map(listOf);
  if (lists.reduce((sum, list) => sum + (list?.data.length ?? 1), 0) > limits.maxEntries)
    return rejected(id, 'too-many-entries');
  if (lists.length > 0 && lists.every((list) => list === null)) return rejected(id, 'no-notification');

  const seconds = secondsOf(field(root, 'timeStamp'));
  const oddities: Oddity[] = [];
  if (stringOf(field(root, 'version')) !== '1.0') oddities.push('version');
  if (seconds === null) oddities.push('timestamp');
  const pieces = piecesOf(payload.items, lists);
  return {
    kind: 'notification',
    id,
    notifiedAt: seconds === null ? receivedAt : seconds * 1000,
    oddities,
    pieces,
  };
}

export function isReadableId(id: string): boolean {
  return id !== '' && id.length <= 128 && id.isWellFormed();
}

function rootOf(bytes: Buffer): JsonNode | undefined {
  try {
    return parseNodes(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

const nothing = {
  entryIndex: null,
  object: null,
  kind: null,
  notificationType: null,
} as const;

function rejected(id: string | null, reason: FrameRejection): Rejected {
  const pieces: [Piece] = [{ ...nothing, path: [], node: null, reasons: new Set([reason]) }];
  return { kind: 'rejected', id, reason, pieces };
}

interface List {
  readonly object: string;
  readonly notificationType: string | null;
  readonly data: readonly JsonNode[];
}

/** A notification; null where it makes no sense. */
function listOf(node: JsonNode): List | null {
  const object = stringOf(field(node, 'object'));
  const data = field(node, 'data');
  const notificationType = stringOf(field(node, 'notificationType')) ?? null;
  if (object === undefined || object.length > 64 || data?.kind !== 'array') return null;
  if (notificationType !== null && notificationType.length > 64) return null;
  return { object, notificationType, data: data.items };
}

function piecesOf(notifications: readonly JsonNode[], lists: readonly (List | null)[]): Piece[] {
  const pieces: Piece[] = [];
  let entryIndex = 0;
  notifications.forEach((node, n) => {
    const list = lists[n];
    if (list === null || list === undefined) {
      const reasons = new Set<Unwritable>(['notification-unreadable']);
      pieces.push({ ...nothing, path: ['payload', n], node, reasons });
      return;
    }
    const { object, notificationType } = list;
    const kind = object === 'JOB' ? 'job' : object === 'IMAGE' ? 'image' : null;
    list.data.forEach((node, d) => {
      const path = ['payload', n, 'data', d];
      const reasons = unwritableBecause(node, kind === null ? null : wireFields[kind], notificationType);
      pieces.push({ path, node, entryIndex: entryIndex++, object, kind, notificationType, reasons });
    });
  });
  return pieces;
}

/** An integer; one that is written with more digits than every double holds doesn't count as one. */
function secondsOf(node: JsonNode | undefined): number | null {
  const seconds = node?.kind === 'number' && held(node.text) ? Number(node.text) + 0 : NaN;
  return Number.isInteger(seconds) && isReadable(seconds) ? seconds : null;
}
