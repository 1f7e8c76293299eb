/**
 * What a peer must see of a session, and what `deliver` must be given, step by step: the protocol (docs/protocol.md) and the truth table
 * (docs/delivery.md) in a few states. It knows nothing of sockets.
 */
import { wireLimits } from './frames.ts';
import { read } from './reading.ts';
import { type Chunk, close, cut, end, isClosing, type Model, nothing, refuse, unpause } from './state.ts';
import type { Step } from './step.ts';

/** Whether the step can happen now, and can be seen to have its effect. */
export function isPossible({ phase, held, full, paused }: Model, step: Step): boolean {
  if (step.do === 'settle') return held.length > 0;
  if (phase === 'closing') return false;
  switch (step.do) {
    case 'connect timeout':
      return phase === 'connecting';
    case 'paused timeout':
      return paused;
    case 'fill':
      return !full;
    case 'relieve':
      return full;
    case 'drain':
      return phase !== 'draining';
    case 'heartbeat':
    case 'silence':
    case 'leave':
      // A bridge that reads nothing notices nothing of the peer.
      return !paused;
    case 'send':
    case 'stop':
      return true;
  }
}

/**
 * Takes a step; `seen` says then what the peer sees of it.
 * @param chunk what a `send` writes. @param bytes what the peer has written with it, since the WebSocket was opened
 */
export function take(model: Model, step: Step, chunk: Chunk = [], bytes = 0): void {
  model.seen = nothing();
  switch (step.do) {
    case 'send':
      if (model.paused) model.unread.push(chunk);
      else if (model.phase === 'connecting' && bytes > wireLimits.maxUnauthenticatedBytes)
        cut(model, 'unauthenticated-bytes');
      else read(model, chunk);
      return;
    case 'settle':
      return settle(model, step.which % model.held.length, step.how === 'resolves');
    case 'heartbeat':
      model.seen.pings++;
      return;
    case 'silence':
    case 'paused timeout':
      return cut(model, 'heartbeat');
    case 'connect timeout':
      model.limits.push('connect-time');
      return refuse(model, 'timeout');
    case 'fill':
      model.full = true;
      return;
    case 'relieve':
      model.full = false;
      unpause(model);
      // What has piled up may be read together.
      return read(model, model.unread.splice(0).flat());
    case 'drain':
      if (model.phase === 'open') model.phase = 'draining';
      else close(model, 1001);
      return;
    case 'stop':
      if (step.settle && model.held.length > 0) settle(model, 0, true);
      return close(model, 1001);
    case 'leave':
      return end(model, { peerSees: [1006], code: 1006, byUs: false });
  }
}

function settle(model: Model, which: number, resolves: boolean): void {
  const [delivery] = model.held.splice(which, 1);
  const id = delivery?.id ?? null;
  if (resolves && id !== null && !isClosing(model)) model.seen.answers.push(['NOTIFICATION', id]);
}
