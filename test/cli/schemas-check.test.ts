import { expect, test } from 'vitest';
import { currentSchema } from '../../tools/schemas/versions.ts';
import { freshTopics, registryFlags, type TopicNames } from '../helpers/bridge.ts';
import { nbwssBridge, outputOf } from '../helpers/command.ts';
import { evolve, registerVersion, setLevel, versionsOf } from '../helpers/owner.ts';
import { altered, type Change, plus, renamed, without } from '../helpers/schema-evolution.ts';

const check = (topics: TopicNames, ...more: string[]) =>
  nbwssBridge(['schemas', 'check', ...registryFlags(topics), ...more]);

const site = (symbols: readonly string[]) => ({ type: 'enum', name: 'Site', symbols }) as const;

/** Registers ours, and then the owner's steps on a subject that takes them. @returns what `check` says of the jobs */
async function afterSteps(level: string, ...steps: readonly Change[]) {
  const topics = freshTopics();
  const jobs = `${topics.jobs}-value`;
  await outputOf(['schemas', 'register', ...registryFlags(topics)]);
  await setLevel(jobs, level);
  for (const change of steps) await evolve(jobs, change);
  const { exitCode, stdout, stderr } = await check(topics);
  const all = stdout.split('\n');
  const from = all.findIndex((line) => line.startsWith(jobs));
  const to = all.findIndex((line, at) => at > from && !line.startsWith('  '));
  const [verdict = '', ...lines] = all.slice(from, to);
  return { exitCode, stderr, verdict, lines, versions: await versionsOf(jobs) };
}

test.each<[string, string, readonly Change[], readonly string[]]>([
  [
    'a required field that goes',
    'BACKWARD',
    [without('jobId')],
    [
      `  readers with this release's schema can't read version 2: "jobId" is read without a default, and is not written`,
      `  readers with version 1 can't read version 2: "jobId" is read without a default, and is not written`,
    ],
  ],
  [
    'a wider type',
    'BACKWARD',
    [altered('status', { type: ['null', 'long'] })],
    [
      `  readers with this release's schema can't read version 2: "status" is written as long or null, and can't be read as int or null`,
      `  readers with version 1 can't read version 2: "status" is written as long or null, and can't be read as int or null`,
    ],
  ],
  [
    'a new symbol',
    'BACKWARD',
    [
      plus({ name: 'site', type: site(['N', 'S']), default: 'N' }),
      altered('site', { type: site(['N', 'S', 'E']) }),
    ],
    [
      `  readers with version 2 can't read version 3: "site" is written as enum nbwss.v1.Site (N, S, E), and can't be read as enum nbwss.v1.Site (N, S)`,
    ],
  ],
  [
    'a new name',
    'BACKWARD',
    [renamed('jobId', 'jobNumber')],
    [
      `  readers with this release's schema can't read version 2: "jobId" is read without a default, and is not written`,
      `  readers with version 1 can't read version 2: "jobId" is read without a default, and is not written`,
    ],
  ],
  [
    'a required field that comes',
    'FORWARD',
    [plus({ name: 'site', type: ['null', 'string'] })],
    [`  readers with version 2 can't read version 1: "site" is read without a default, and is not written`],
  ],
  [
    'an optional field that comes',
    'FULL',
    [plus({ name: 'site', type: ['null', 'string'], default: null })],
    [],
  ],
])('says in words which readers a change breaks, and writes nothing: %s', async (_, level, steps, lines) => {
  const { verdict, lines: said, versions } = await afterSteps(level, ...steps);
  expect(verdict).toMatch(new RegExp(`version ${steps.length + 1} \\(schema id \\d+\\) can be written`));
  expect(said).toEqual(lines);
  expect(versions).toEqual(Array.from({ length: steps.length + 1 }, (_each, at) => at + 1));
});

test('every version counts where the level says so: what the latest would take, an earlier one may not (exit 65)', async () => {
  const topics = freshTopics();
  const jobs = `${topics.jobs}-value`;
  await outputOf(['schemas', 'register', ...registryFlags({ ...topics, jobs: freshTopics().jobs })]);
  const ours = currentSchema('netbackup-job');
  await setLevel(jobs, 'NONE');
  await registerVersion(jobs, altered('policyName', { type: 'int', default: 0 })(ours));
  await registerVersion(jobs, without('policyName')(ours));
  await setLevel(jobs, 'BACKWARD');
  const latestOnly = await check(topics);
  expect(latestOnly).toMatchObject({ exitCode: 0, stderr: '' });
  await setLevel(jobs, 'BACKWARD_TRANSITIVE');
  const { exitCode, stdout, stderr } = await check(topics);
  expect(exitCode).toBe(65);
  expect(stdout).toMatch(/jobs-value: version 2 .* can be written; this release's is NOT compatible$/m);
  expect(stderr).toContain(`would refuse this release's schema for ${jobs}`);
  const dryRun = await nbwssBridge(['schemas', 'register', '--dry-run', ...registryFlags(topics)]);
  expect(dryRun.exitCode).toBe(65);
  expect((await nbwssBridge(['schemas', 'register', ...registryFlags(topics)])).exitCode).toBe(65);
});

test('--json: what was found, for programs; the exit code stays', async () => {
  const topics = freshTopics();
  const jobs = `${topics.jobs}-value`;
  await outputOf(['schemas', 'register', ...registryFlags(topics)]);
  await setLevel(jobs, 'BACKWARD');
  await evolve(jobs, without('jobId'));
  const others = { ...topics, deadLetters: freshTopics().deadLetters };
  const { exitCode, stdout, stderr } = await check(others, '--json');
  expect(exitCode).toBe(78);
  expect(stderr).toContain(`has no subject ${others.deadLetters}-value`);
  const id = expect.any(Number);
  expect(JSON.parse(stdout)).toEqual({
    fit: false,
    exitCode: 78,
    subjects: [
      {
        subject: jobs,
        inUse: { version: 2, id, dropsDefaults: false },
        compatible: false,
        unreadable: [
          expect.stringMatching(/^readers with this release's schema can't read version 2: "jobId" /),
          expect.stringMatching(/^readers with version 1 can't read version 2: "jobId" /),
        ],
        problem: `the registry would refuse this release's schema for ${jobs}: ask the schemas' owner`,
      },
      {
        subject: `${topics.images}-value`,
        inUse: { version: 1, id, dropsDefaults: false },
        compatible: true,
        unreadable: [],
        problem: null,
      },
      {
        subject: `${others.deadLetters}-value`,
        inUse: null,
        compatible: null,
        unreadable: [],
        problem: expect.stringContaining('has no subject'),
      },
    ],
  });
});

test('a version that nobody could read does not keep the others from being compared', async () => {
  const topics = freshTopics();
  const jobs = `${topics.jobs}-value`;
  await outputOf(['schemas', 'register', ...registryFlags({ ...topics, jobs: freshTopics().jobs })]);
  const ours = currentSchema('netbackup-job');
  await setLevel(jobs, 'NONE');
  await registerVersion(jobs, { type: 'enum', name: 'E', symbols: ['A'] });
  await registerVersion(jobs, plus({ name: '__proto__', type: ['null', 'string'], default: null })(ours));
  await registerVersion(jobs, without('jobId')(ours));
  await registerVersion(jobs, ours);
  const { exitCode, stdout } = await check(topics);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').filter((line) => line.startsWith('  '))).toEqual([
    "  version 1 can't be compared: the schema is not a record",
    expect.stringMatching(/^ {2}version 2 can't be compared: .*"__proto__"/),
    `  readers with version 4 can't read version 3: "jobId" is read without a default, and is not written`,
  ]);
});

test('pinned versions are what is checked; one that is not there: exit 78', async () => {
  const topics = freshTopics();
  await outputOf(['schemas', 'register', ...registryFlags(topics)]);
  await evolve(`${topics.jobs}-value`, plus({ name: 'site', type: ['null', 'string'], default: null }));
  const others = ['--schemas-pinned-images', 'version:1', '--schemas-pinned-dead-letters', 'version:1'];
  const pins = (jobs: string) => ['--schemas-mode', 'pinned', '--schemas-pinned-jobs', jobs, ...others];
  const pinned = await check(topics, ...pins('version:1'));
  expect(pinned).toMatchObject({ exitCode: 0, stderr: '' });
  expect(pinned.stdout).toMatch(/jobs-value: version 1 /);
  const missing = await check(topics, ...pins('version:9'));
  expect(missing.exitCode).toBe(78);
  expect(missing.stdout).not.toContain('jobs-value');
  expect(missing.stderr).toMatch(/no version 9 of the subject \S+jobs-value: check schemas\.pinned/);
});
