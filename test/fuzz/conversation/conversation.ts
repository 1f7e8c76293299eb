import { type Peer, expectService, openPeer } from '../../helpers/peer.ts';
import { startTerminator, type Terminator } from '../../helpers/terminator.ts';
import { compare } from './compare.ts';
import { createDeliveries } from './deliveries.ts';
import { wireLimits, write } from './frames.ts';
import { type HeldTimers, holdTimers } from './held-timers.ts';
import { isPossible, take } from './model.ts';
import { chunkOf } from './reading.ts';
import { maxBadFrames, type Model, newModel } from './state.ts';
import type { Fate, Step } from './step.ts';
import { watchPeer } from './watch-peer.ts';

/** Lengths that no other timer has, in ms: these run when a step says so. */
const times = { heartbeat: 30_011, paused: 120_013, connect: 10_007 } as const;
const heartbeatMisses = 2;

/** A session on a real socket, and the model of it. */
export interface Conversation extends AsyncDisposable {
  readonly model: Model;
  /** Lets the step happen to both, and throws where they differ. Does nothing where it isn't possible. */
  step(step: Step): Promise<void>;
  /** Throws where another primary isn't served, unless the listener was told to drain or to stop. */
  othersAreServed(): Promise<void>;
}

/**
 * Opens a WebSocket to a listener of its own.
 * @param fateOf what really becomes of a delivery; a test makes it differ from what the model expects
 */
export async function startConversation(
  fateOf: (fate: Fate) => Fate = (fate) => fate,
): Promise<Conversation> {
  const model = newModel();
  await using opening = new AsyncDisposableStack();
  const timers = opening.use(holdTimers(Object.values(times)));
  const deliveries = createDeliveries(model, fateOf);
  const terminator = opening.use(
    await startTerminator({
      ...deliveries,
      limits: {
        ...wireLimits,
        maxBadFrames,
        heartbeatIntervalMs: times.heartbeat,
        heartbeatMisses,
        pausedTimeoutMs: times.paused,
      },
      gate: { connectTimeoutMs: times.connect },
    }),
  );
  const peer = opening.use(await openPeer(terminator));
  const before = peer.tls.bytesWritten;
  const watch = watchPeer(peer);
  await watch.barrier();
  const parts = opening.move();
  let listening = true;

  return {
    model,
    async step(step) {
      if (!isPossible(model, step)) return;
      const frames =
        step.do === 'send'
          ? step.frames.map(([name, fate]) => [write(name, ++model.frames), fate] as const)
          : [];
      const bytes = Buffer.concat(frames.map(([{ bytes }]) => bytes));
      const settled = deliveries.settledBy(step);
      // The model first: it knows what becomes of each message that is delivered.
      take(model, step, chunkOf(frames), peer.tls.bytesWritten - before + bytes.length);
      if (bytes.length > 0) peer.tls.write(bytes);
      settled();
      act(step, peer, terminator, timers);
      if (step.do === 'drain' || step.do === 'stop') listening = false;
      await compare(model, terminator, peer, watch);
    },
    async othersAreServed() {
      if (listening) await expectService(terminator);
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function act(step: Step, { tls }: Peer, { listener }: Terminator, timers: HeldTimers): void {
  switch (step.do) {
    case 'send':
    case 'settle':
    case 'fill':
    case 'relieve':
      return;
    case 'drain':
      return listener.drain();
    case 'stop':
      return void listener.close();
    case 'connect timeout':
      return timers.fire(times.connect);
    case 'paused timeout':
      return timers.fire(times.paused);
    case 'heartbeat':
      return timers.fire(times.heartbeat);
    case 'silence':
      for (let n = 0; n <= heartbeatMisses; n++) timers.fire(times.heartbeat);
      return;
    case 'leave':
      // The head of a ping of 125 bytes, which may come amid a message too.
      if (step.how === 'amid a frame') tls.write(Buffer.from([0x89, 0xfd, 0x01]));
      return void (step.how === 'cut' ? tls.destroy() : tls.end());
  }
}
