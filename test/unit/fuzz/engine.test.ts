import { stripTypeScriptTypes } from 'node:module';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createRandom } from '../../../src/simulator/random.ts';
import { type EngineOptions, fuzz, type Finding } from '../../../tools/fuzz/engine.ts';
import { mutateBytes } from '../../../tools/fuzz/mutate-bytes.ts';
import type { Target } from '../../../tools/fuzz/target.ts';
import { withCounters } from '../../../tools/fuzz/coverage.ts';

/** A program with a fault behind three branches, of which each is found only with the one before. */
function program(input: Buffer): string[] {
  const ran = ['start'];
  if (input[0] !== 0x7b) return ran;
  ran.push('first');
  if (input[1] !== 0x22) return ran;
  ran.push('second');
  if (input[2] !== 0x5c) return ran;
  throw new Error(`the fault, for ${input.length} bytes`);
}

const target: Target = {
  maxBytes: 32,
  seeds: () => [Buffer.from('seed')],
  run: program,
  mutate: mutateBytes,
  *parts(input) {
    for (let at = 0; at < input.length; at++)
      yield Buffer.concat([input.subarray(0, at), input.subarray(at + 1)]);
  },
};

async function run(options: Partial<EngineOptions> = {}) {
  const findings: Finding[] = [];
  const inputs: Buffer[] = [];
  const stop = new AbortController();
  const kept = await fuzz({
    target,
    takeCoverage: () => [],
    corpus: [],
    random: createRandom(1),
    stop: stop.signal,
    onInput(input) {
      inputs.push(input);
      if (inputs.length > 200_000) stop.abort();
    },
    onFinding(finding) {
      findings.push(finding);
      stop.abort();
    },
    onProgress: () => {},
    ...options,
  });
  return { findings, kept, inputs };
}

test('a fault behind branches is found, guided by what ran, and its input made small', async () => {
  const { findings, inputs } = await run();
  expect(findings).toMatchObject([{ error: new Error('the fault, for 3 bytes') }]);
  expect(findings[0]?.input).toEqual(Buffer.from('{"\\'));
  expect(inputs.length).toBeLessThan(200_000);
});

test('inputs that bring about something new are kept, the smallest of each', async () => {
  const { kept } = await run();
  expect(kept.map(({ features }) => features)).toEqual([
    ['start'],
    ['start', 'first'],
    ['start', 'first', 'second'],
  ]);
  expect(kept.map(({ input }) => input.length)).toEqual([4, 1, 2]);
  expect(kept.map(({ isSeed }) => isSeed)).toEqual([true, false, false]);
});

test('the same seed makes the same choices', async () => {
  const [one, two] = [await run(), await run()];
  expect(one.inputs).toEqual(two.inputs);
});

test('counters change nothing that a source does, and tell its branches apart', () => {
  const source = `
    function f(a: number, b?: string): string {
      if (a > 2) return b ?? 'none';
      else if (a === 2) { return 'two'; }
      for (const x of [1, 2]) if (x === a) return x === 1 && b !== undefined ? 'one' : 'other';
      switch (a) { case -1: return (() => ({ c: 'minus' }))().c; default: try { throw 0; } catch { return 'caught'; } }
    }
    [3, 2, 1, -1, 0].map((a) => f(a)).concat(f(3, 'three'), f(1, 'x')).join()`;
  const ran = new Uint32Array(64);
  const evaluate = (text: string): unknown => runInNewContext(stripTypeScriptTypes(text), { __ran: ran });
  expect(evaluate(withCounters(source))).toBe(evaluate(source));
  expect([...ran].filter((count) => count > 0)).toHaveLength(15);
});
