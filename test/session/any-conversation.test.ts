import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Conversation, startConversation } from '../fuzz/conversation/conversation.ts';
import { isPossible } from '../fuzz/conversation/model.ts';
import { seedConversations } from '../fuzz/conversation/seeds.ts';
import type { Model } from '../fuzz/conversation/state.ts';
import { anyStep, connecting, readSteps, type Step } from '../fuzz/conversation/step.ts';
import { corpusFiles } from '../fuzz/corpus.ts';

/** More of them: `NBWSS_FUZZ_RUNS=10000`, or `npm run fuzz`. */
const numRuns = Number(process.env['NBWSS_FUZZ_RUNS'] ?? 150);

type Command = fc.AsyncCommand<{ model: Model }, Conversation>;
const commandOf = (step: Step): Command => ({
  check: ({ model }) => isPossible(model, step),
  run: (_, conversation) => conversation.step(step),
  toString: () => JSON.stringify(step),
});

test(
  'a session does what the protocol says, whatever happens in whatever order',
  { timeout: 30_000 + numRuns * 200 },
  async () => {
    const begin = fc.constantFrom([connecting], [connecting], [connecting], []);
    const steps = fc.commands([anyStep.map(commandOf)], { maxCommands: 30, size: 'max' });
    await fc.assert(
      fc.asyncProperty(begin, steps, async (begin, steps) => {
        await using conversation = await startConversation();
        const { model } = conversation;
        for (const step of begin) await conversation.step(step);
        await fc.asyncModelRun(() => ({ model: { model }, real: conversation }), steps);
        await conversation.othersAreServed();
      }),
      { numRuns },
    );
  },
);

async function converse(steps: readonly Step[]): Promise<void> {
  await using conversation = await startConversation();
  for (const step of steps) await conversation.step(step);
  await conversation.othersAreServed();
}

test.each(seedConversations().map((steps) => [JSON.stringify(steps), steps] as const))(
  'a short conversation goes as it should: %s',
  (_, steps) => converse(steps),
);

test.each(corpusFiles('session'))('a conversation that fuzzing found goes as it should: $name', ({ input }) =>
  converse(readSteps(input.toString())),
);

test.each([
  ['waits', 'held'],
  ['fails', 'rejects'],
  ['throws', 'throws'],
] as const)('an answer to a message whose delivery %s would be noticed', async (_what, fate) => {
  await using conversation = await startConversation((expected) =>
    expected === fate ? 'resolves' : expected,
  );
  await conversation.step(connecting);
  const wrong = conversation.step({ do: 'send', frames: [['notification', fate]] });
  await expect(wrong).rejects.toThrow('an answer that nobody waits for: ["NOTIFICATION","N2"]');
});
