import { expect, test } from 'vitest';
import { currentSchema } from '../../tools/schemas/versions.ts';
import { freshTopics, registryFlags, type TopicNames } from '../helpers/bridge.ts';
import { nbwssBridge, outputOf } from '../helpers/command.ts';
import { registerVersion, versionsOf } from '../helpers/owner.ts';
import { altered, without } from '../helpers/schema-evolution.ts';

const dryRun = (topics: TopicNames) =>
  nbwssBridge(['schemas', 'register', '--dry-run', ...registryFlags(topics)]);
const register = (topics: TopicNames) => outputOf(['schemas', 'register', ...registryFlags(topics)]);
const subjectsOf = (topics: TopicNames) => Object.values(topics).map((topic) => `${topic}-value`);

test('--dry-run: new subjects would get their first version, and don’t', async () => {
  const topics = freshTopics();
  const { exitCode, stdout, stderr } = await dryRun(topics);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe(
    subjectsOf(topics)
      .map((subject) => `${subject}: would be version 1 of a new subject\n`)
      .join(''),
  );
  for (const subject of subjectsOf(topics)) expect(await versionsOf(subject)).toBeNull();
});

test('--dry-run: what is there already is named with its version and id', async () => {
  const topics = freshTopics();
  const ids = (await register(topics)).match(/(?<=schema id )\d+/g) ?? [];
  const { exitCode, stdout } = await dryRun(topics);
  expect(exitCode).toBe(0);
  expect(stdout).toBe(
    subjectsOf(topics)
      .map((subject, at) => `${subject}: is version 1 already (schema id ${ids[at]})\n`)
      .join(''),
  );
});

test('--dry-run: the next version of a subject that somebody else began, and then the registration does as it was said', async () => {
  const topics = freshTopics();
  const jobs = `${topics.jobs}-value`;
  await registerVersion(jobs, without('policyName')(currentSchema('netbackup-job')));
  const { exitCode, stdout } = await dryRun(topics);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(new RegExp(`^${jobs}: would be version 2\n`));
  expect(await versionsOf(jobs)).toEqual([1]);
  await register(topics);
  expect(await versionsOf(jobs)).toEqual([1, 2]);
});

test('--dry-run: one that would be refused: exit 65, which one, and what the others would be', async () => {
  const topics = freshTopics();
  const jobs = `${topics.jobs}-value`;
  await registerVersion(
    jobs,
    altered('policyName', { type: 'int', default: 0 })(currentSchema('netbackup-job')),
  );
  const { exitCode, stdout, stderr } = await dryRun(topics);
  expect(exitCode).toBe(65);
  expect(stdout).toMatch(new RegExp(`^${jobs}: would be refused: it is not compatible\n`));
  expect(stdout.match(/would be version 1 of a new subject/g)).toHaveLength(2);
  expect(stderr).toBe(
    `nbwss-bridge: the registry would refuse ${jobs}: \`nbwss-bridge schemas check\` says why\n`,
  );
  expect(await versionsOf(jobs)).toEqual([1]);
});

test('subjects may be named by record and lie in a context, here too', async () => {
  const topics = freshTopics();
  const context = topics.jobs.replace('.jobs', '').replaceAll('.', '-');
  const naming = ['--schemas-subjects', 'topic-record', '--schemas-context', context];
  const { stdout } = await nbwssBridge([
    'schemas',
    'register',
    '--dry-run',
    ...registryFlags(topics),
    ...naming,
  ]);
  expect(stdout.split('\n')[0]).toBe(
    `:.${context}:${topics.jobs}-nbwss.v1.NetBackupJob: would be version 1 of a new subject`,
  );
  await outputOf(['schemas', 'register', ...registryFlags(topics), ...naming]);
  expect(await versionsOf(`:.${context}:${topics.jobs}-nbwss.v1.NetBackupJob`)).toEqual([1]);
});
