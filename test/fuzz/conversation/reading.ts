import type { Content, Meaning, Written } from './frames.ts';
import {
  type Answer,
  type Chunk,
  close,
  end,
  isClosing,
  maxBadFrames,
  type Model,
  pauseWhereFull,
  refuse,
} from './state.ts';
import type { Fate } from './step.ts';

/** Several frames as one chunk. */
export function chunkOf(frames: readonly (readonly [Written, Fate])[]): Chunk {
  return frames.flatMap(([{ meanings }, fate]) => meanings.map((meaning) => [meaning, fate] as const));
}

/** The bridge reads what was written in one go. */
export function read(model: Model, chunk: Chunk): void {
  const resolving: Answer[] = [];
  for (const [meaning, fate] of chunk) {
    if (isClosing(model)) break;
    readOne(model, meaning, fate, resolving);
  }
  // A delivery's answer is written when all that was read together is done with.
  (isClosing(model) ? model.seen.late : model.seen.answers).push(...resolving);
}

function readOne(model: Model, meaning: Meaning, fate: Fate, resolving: Answer[]): void {
  switch (meaning.is) {
    case 'message':
      return model.amidMessage ? violate(model) : onContent(model, meaning.content, fate, resolving);
    case 'first-part':
      if (model.amidMessage) violate(model);
      else model.amidMessage = true;
      return;
    case 'last-part':
      if (!model.amidMessage) return violate(model);
      model.amidMessage = false;
      return onContent(model, meaning.content, fate, resolving);
    case 'violation':
      return model.amidMessage ? violate(model) : violate(model, meaning.code, meaning.limit);
    case 'pings':
      model.seen.pongs += meaning.count;
      return;
    case 'close':
      return end(model, { peerSees: [meaning.code], code: meaning.code, byUs: false });
    case 'nothing':
      return;
  }
}

function onContent(model: Model, content: Content, fate: Fate, resolving: Answer[]): void {
  if (model.phase === 'draining') return;
  if (model.phase === 'connecting') return onFirst(model, content);
  model.badFrames = content.is === 'delivered' && content.id === null ? model.badFrames + 1 : 0;
  if (content.is === 'ignored') return;
  if (content.is === 'connect') {
    if (content.id !== model.connectId) return refuse(model, 'second-connect');
    model.seen.answers.push(['CONNECT', content.id, true]);
    return;
  }
  const { kind, id } = content;
  const number = model.delivered.push({ kind, id, fate }) - 1;
  if (fate === 'held') model.held.push({ number, id });
  if (fate === 'resolves' && id !== null) resolving.push(['NOTIFICATION', id]);
  pauseWhereFull(model);
  if (model.badFrames < maxBadFrames) return;
  model.limits.push('bad-frames');
  close(model, 1007);
}

function onFirst(model: Model, content: Content): void {
  if (content.is !== 'connect') return refuse(model, 'not-connect');
  model.seen.answers.push(['CONNECT', content.id, content.valid]);
  if (!content.valid) return refuse(model, 'bad-token');
  model.phase = 'open';
  model.connectId = content.id;
  pauseWhereFull(model);
}

/** RFC 6455 is broken, or a limit of it passed. A stranger who sends too much is cut. */
function violate(model: Model, code = 1002, limit: string | null = null): void {
  const stranger = model.connectId === null && limit !== null;
  if (limit !== null) model.limits.push(stranger ? 'unauthenticated-bytes' : limit);
  end(model, { peerSees: stranger ? [code, 1006] : [code], code, byUs: true });
}
