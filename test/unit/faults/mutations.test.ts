import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mutants } from '../../../tools/faults/mutations.ts';

const root = join(import.meta.dirname, '../../..');

test.each(mutants.map(({ name, file, search }) => [name, file, search] as const))(
  'the place that a mutation breaks is there, once: %s',
  (_, file, search) => {
    expect(readFileSync(join(root, file), 'utf8').split(search)).toHaveLength(2);
  },
);

test.each(mutants.map(({ name, caughtBy }) => [name, caughtBy] as const))(
  'the test that has to notice a mutation is there: %s',
  (_, caughtBy) => {
    expect(readFileSync(join(root, caughtBy.file), 'utf8')).toContain(caughtBy.test);
  },
);
