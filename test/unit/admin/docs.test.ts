import { expect, test } from 'vitest';
import { isStatusCurrent } from '../../../tools/docs/status.ts';

test('docs/status.md is what the schema says', () => {
  expect(isStatusCurrent(), 'run: npm run docs').toBe(true);
});
