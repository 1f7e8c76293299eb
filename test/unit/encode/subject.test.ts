import { expect, test } from 'vitest';
import { recordNames, subjectsOf } from '../../../src/encode/subject.ts';
import { schemas, topics } from '../../helpers/schemas.ts';

test.each([
  ['topic', undefined, 'netbackup.jobs-value', 'netbackup.images-value', 'netbackup.dead-letters-value'],
  ['record', undefined, 'nbwss.v1.NetBackupJob', 'nbwss.v1.NetBackupImage', 'nbwss.v1.NetBackupDeadLetter'],
  [
    'topic-record',
    undefined,
    'netbackup.jobs-nbwss.v1.NetBackupJob',
    'netbackup.images-nbwss.v1.NetBackupImage',
    'netbackup.dead-letters-nbwss.v1.NetBackupDeadLetter',
  ],
  [
    'topic',
    'team-a',
    ':.team-a:netbackup.jobs-value',
    ':.team-a:netbackup.images-value',
    ':.team-a:netbackup.dead-letters-value',
  ],
] as const)('subjects by %s, in the context %s', (naming, context, jobs, images, deadLetters) => {
  expect(subjectsOf(topics, naming, context)).toEqual({ jobs, images, deadLetters });
});

test('without a choice they are named by topic', () => {
  expect(subjectsOf(topics)).toEqual(subjectsOf(topics, 'topic'));
});

test("the records' names are those of this release's schemas", () => {
  const names = Object.entries(schemas).map(([kind, { schema }]) => {
    const { namespace, name } = JSON.parse(schema) as { namespace: string; name: string };
    return [kind, `${namespace}.${name}`];
  });
  expect(recordNames).toEqual(Object.fromEntries(names));
});
