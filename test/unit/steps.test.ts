import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createHealth } from '../../src/admin/health.ts';
import { createSteps } from '../../src/steps.ts';

test('a step that fails for one reason and another in turn tells of each once; its health has the present one', async () => {
  const health = createHealth();
  const onWaiting = vi.fn<(step: string, error: unknown) => void>();
  const stop = new AbortController();
  const step = createSteps(['kafka'], { health, stop: stop.signal, onWaiting });
  const seen: unknown[] = [];
  const attempt = (reason: string) => Promise.reject(new Error(reason));
  const running = step('kafka', () => {
    seen.push(health.report().checks['kafka']);
    // The third failure is known by then.
    if (seen.length === 3) void setImmediate().then(() => stop.abort());
    return attempt(seen.length === 2 ? 'b is away' : 'a is away');
  });
  await expect(running).rejects.toThrow('aborted');
  expect(seen).toEqual(['starting', 'a is away', 'b is away']);
  expect(health.report().checks['kafka']).toBe('a is away');
  expect(onWaiting.mock.calls).toEqual([
    ['kafka', new Error('a is away')],
    ['kafka', new Error('b is away')],
  ]);
});
