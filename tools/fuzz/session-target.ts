import * as fc from 'fast-check';
import { startConversation } from '../../test/fuzz/conversation/conversation.ts';
import { frameNames } from '../../test/fuzz/conversation/frames.ts';
import { seedConversations } from '../../test/fuzz/conversation/seeds.ts';
import { anyStep, readSteps, type Step } from '../../test/fuzz/conversation/step.ts';
import type { Random } from '../../src/simulator/random.ts';
import { below, oneOf } from './choose.ts';
import type { Target } from './target.ts';

/** Longer conversations take longer, and say no more. */
const maxSteps = 40;

/** Conversations with a real listener, compared with the model after each step. */
export const sessionTarget: Target = {
  maxBytes: 16 * 1024,
  seeds: () => seedConversations().map(write),
  async run(input) {
    const outcomes = new Set<string>();
    await using conversation = await startConversation();
    const { model } = conversation;
    for (const step of readSteps(input.toString()).slice(0, maxSteps)) {
      const where = `${model.phase}${model.paused ? ' and paused' : ''}`;
      outcomes.add(`${where}: ${step.do}`);
      if (step.do === 'send') for (const [name] of step.frames) outcomes.add(`${where}: ${name}`);
      await conversation.step(step);
    }
    await conversation.othersAreServed();
    return [...outcomes, `ends with ${model.end?.code ?? 'nothing'}`];
  },
  mutate(input, other, random) {
    const steps = readSteps(input.toString());
    const at = below(random, steps.length + 1);
    const length = 1 + below(random, 4);
    switch (below(random, 6)) {
      case 0:
      case 1:
        return write(steps.toSpliced(at, 0, newStep(random)));
      case 2:
        return write(steps.toSpliced(at, 1, newStep(random)));
      case 3:
        return write(steps.toSpliced(at, length));
      case 4:
        return write(steps.toSpliced(below(random, steps.length + 1), 0, ...steps.slice(at, at + length)));
      default: {
        const others = readSteps(other.toString());
        return write([...steps.slice(0, at), ...others.slice(below(random, others.length + 1))]);
      }
    }
  },
  *parts(input) {
    const steps = readSteps(input.toString());
    for (let length = steps.length >> 1; length > 0; length >>= 1)
      for (let at = 0; at < steps.length; at += length) yield write(steps.toSpliced(at, length));
    for (const [at, step] of steps.entries()) {
      if (step.do !== 'send' || step.frames.length === 1) continue;
      for (let n = 0; n < step.frames.length; n++)
        yield write(steps.with(at, { do: 'send', frames: step.frames.toSpliced(n, 1) }));
    }
  },
};

function write(steps: readonly Step[]): Buffer {
  const lines = steps.map((step) => JSON.stringify(step));
  return Buffer.from(`[\n${lines.join(',\n')}\n]\n`);
}

function newStep(random: Random): Step {
  if (below(random, 2) === 0)
    return oneOf(random, fc.sample(anyStep, { numRuns: 1, seed: random.bits() | 0 }));
  return {
    do: 'send',
    frames: [[oneOf(random, frameNames), oneOf(random, ['held', 'resolves', 'rejects', 'throws'])]],
  };
}
