import type { Meaning } from './frames.ts';
import type { Fate } from './step.ts';

/** An answer: the kind, the id, and for a CONNECT whether it was accepted. */
export type Answer = readonly ['CONNECT', string, boolean] | readonly ['NOTIFICATION', string];

/** How the conversation ends. */
interface End {
  /** What the peer may see: a cut may overtake a close frame. */
  readonly peerSees: readonly number[];
  /** What the bridge tells of it. */
  readonly code: number;
  readonly byUs: boolean;
}

interface Delivered {
  readonly kind: 'notification' | 'rejected';
  readonly id: string | null;
  readonly fate: Fate;
}

/** What the bridge reads at once. */
export type Chunk = readonly (readonly [Meaning, Fate])[];

export interface Model {
  phase: 'connecting' | 'open' | 'draining' | 'closing';
  connectId: string | null;
  end: End | null;
  /** Whether the primary is at its limits, and whether the bridge reads nothing because of it. */
  full: boolean;
  paused: boolean;
  /** Whether a message is half sent. */
  amidMessage: boolean;
  badFrames: number;
  /** Frames that were sent, for ids of their own. */
  frames: number;
  /** Deliveries that wait, by their number; the id of a frame without one is null. */
  held: { readonly number: number; readonly id: string | null }[];
  /** What the bridge hasn't read, because it is paused. */
  readonly unread: Chunk[];
  /** Of the whole conversation: what `deliver` was given, and what is told. */
  readonly delivered: Delivered[];
  readonly pauses: boolean[];
  readonly limits: string[];
  readonly refusals: string[];
  seen: Seen;
}

/** What the peer sees in one step. */
export interface Seen {
  /** In any order: deliveries wait for one another only where they share a key. */
  readonly answers: Answer[];
  /** Of deliveries that resolve in the turn in which the connection ends: they may come too late. */
  readonly late: Answer[];
  pongs: number;
  pings: number;
}

/** The n-th frame in a row without a readable id closes. */
export const maxBadFrames = 3;

export const nothing = (): Seen => ({ answers: [], late: [], pongs: 0, pings: 0 });

export function newModel(): Model {
  const waiting = { held: [], unread: [] };
  const told = { delivered: [], pauses: [], limits: [], refusals: [] };
  const flags = { full: false, paused: false, amidMessage: false };
  const counts = { badFrames: 0, frames: 0 };
  return {
    phase: 'connecting',
    connectId: null,
    end: null,
    ...waiting,
    ...told,
    ...flags,
    ...counts,
    seen: nothing(),
  };
}

export function pauseWhereFull(model: Model): void {
  if (!model.full || model.paused) return;
  model.paused = true;
  model.pauses.push(true);
}

export function unpause(model: Model): void {
  if (model.paused) model.pauses.push(false);
  model.paused = false;
}

export function refuse(model: Model, reason: string): void {
  model.refusals.push(reason);
  close(model, 1008);
}

export function close(model: Model, code: number): void {
  end(model, { peerSees: [code], code, byUs: true });
}

export function cut(model: Model, limit: string): void {
  model.limits.push(limit);
  end(model, { peerSees: [1006], code: 1006, byUs: true });
}

export function end(model: Model, how: End): void {
  unpause(model);
  model.unread.length = 0;
  model.phase = 'closing';
  model.end = how;
}

/** A function, because a phase changes behind the compiler's back. */
export function isClosing({ phase }: Model): boolean {
  return phase === 'closing';
}
