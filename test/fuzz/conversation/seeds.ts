import { frameNames } from './frames.ts';
import { connecting, type Step } from './step.ts';

/** Where fuzzing begins: each frame before and after CONNECT. */
export function seedConversations(): (readonly Step[])[] {
  return frameNames.flatMap((name) => {
    const send: Step = { do: 'send', frames: [[name, 'held']] };
    return [[send], [connecting, send, { do: 'settle', which: 0, how: 'resolves' }]];
  });
}
