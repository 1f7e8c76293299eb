import * as fc from 'fast-check';
import { type FrameName, frameNames, write } from './frames.ts';

/** What becomes of a message that is delivered; held: it waits until a step settles it. */
export type Fate = 'resolves' | 'rejects' | 'throws' | 'held';

/** One thing that happens in a conversation, as plain JSON. */
export type Step =
  /** Frames in one write, which the bridge reads together. */
  | { readonly do: 'send'; readonly frames: readonly (readonly [FrameName, Fate])[] }
  /** Of the deliveries that are held, counted round. */
  | { readonly do: 'settle'; readonly which: number; readonly how: 'resolves' | 'rejects' }
  /** One heartbeat, with a peer that answers it; three in a row, with nothing from the peer in between. */
  | { readonly do: 'heartbeat' | 'silence' }
  | { readonly do: 'connect timeout' | 'paused timeout' }
  /** The primary reaches its limits, or is below them again. */
  | { readonly do: 'fill' | 'relieve' }
  | { readonly do: 'drain' }
  /** The listener closes; with a delivery that resolves just before. */
  | { readonly do: 'stop'; readonly settle: boolean }
  /** The peer cuts the TCP connection, closes its half, or does so amid a frame. */
  | { readonly do: 'leave'; readonly how: 'cut' | 'end' | 'amid a frame' };

/** As NetBackup begins. */
export const connecting: Step = { do: 'send', frames: [['connect', 'held']] };

const fate = fc.constantFrom<Fate>('held', 'held', 'resolves', 'rejects', 'throws');
const isLast = (name: FrameName): boolean =>
  write(name, 0).meanings.some(
    (meaning) =>
      meaning.is === 'violation' ||
      meaning.is === 'close' ||
      (meaning.is === 'message' && meaning.content.is === 'connect'),
  );
const parts: readonly FrameName[] = ['the first part', 'the last part', 'a notification in fragments'];
const harmless = frameNames.filter((name) => !isLast(name) && !parts.includes(name));

/** Steps at random; what ends a conversation is seldom, or none would come far. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  of(20, sendOf('connect', 'notification', 'the same notification')),
  of(20, sendOf(...harmless)),
  of(4, sendOf(...parts)),
  of(2, sendOf(...frameNames)),
  of(
    15,
    fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat({ max: 5 }),
      how: fc.constantFrom('resolves' as const, 'rejects' as const),
    }),
  ),
  of(12, fc.record({ do: fc.constantFrom('heartbeat' as const, 'fill' as const, 'relieve' as const) })),
  of(1, fc.record({ do: fc.constantFrom('silence' as const, 'connect timeout' as const, 'drain' as const) })),
  of(1, fc.record({ do: fc.constantFrom('paused timeout' as const, 'drain' as const) })),
  of(1, fc.record({ do: fc.constant('stop' as const), settle: fc.boolean() })),
  of(
    1,
    fc.record({
      do: fc.constant('leave' as const),
      how: fc.constantFrom('cut' as const, 'end' as const, 'amid a frame' as const),
    }),
  ),
);

function of<T>(weight: number, arbitrary: fc.Arbitrary<T>) {
  return { weight, arbitrary };
}

function sendOf(...names: readonly FrameName[]): fc.Arbitrary<Step> {
  const frame = fc.tuple(fc.constantFrom(...names), fate);
  const frames = fc.array(frame, { minLength: 1, maxLength: 3, size: 'max' });
  return fc.record({ do: fc.constant('send' as const), frames });
}

/** The steps of a file; what isn't one of these is left out. */
export function readSteps(text: string): Step[] {
  const steps = JSON.parse(text) as Step[];
  return steps.filter(
    (step) => step.do !== 'send' || step.frames.every(([name]) => frameNames.includes(name)),
  );
}
