import { expect, test } from 'vitest';
import { currentSchema } from '../../tools/schemas/versions.ts';
import { freshTopics, registryFlags } from '../helpers/bridge.ts';
import { nbwssBridge, outputOf } from '../helpers/command.ts';
import { evolve, registerVersion, setLevel, versionsOf } from '../helpers/owner.ts';
import { plus } from '../helpers/schema-evolution.ts';

const site = { name: 'site', type: ['null', 'string'], default: null };

interface Listed {
  readonly subject: string;
  readonly versions: readonly number[];
  readonly compatibility: string | null;
  readonly inUse: { readonly version: number; readonly id: number } | null;
  readonly ours: { readonly version: number; readonly id: number } | null;
}

async function list(flags: readonly string[]): Promise<Listed[]> {
  return JSON.parse(await outputOf(['schemas', 'list', '--json', ...flags])) as Listed[];
}

test('subjects that are not there are listed as such, and none comes into being', async () => {
  const topics = freshTopics();
  const subjects = Object.values(topics).map((topic) => `${topic}-value`);
  expect(await list(registryFlags(topics))).toEqual(
    subjects.map((subject) => ({
      subject,
      versions: [],
      compatibility: null,
      inUse: null,
      refused: null,
      ours: null,
    })),
  );
  expect(await outputOf(['schemas', 'list', ...registryFlags(topics)])).toBe(
    subjects.map((subject) => `${subject}\n  not registered (nbwss-bridge schemas register)\n`).join(''),
  );
  for (const subject of subjects) expect(await versionsOf(subject)).toBeNull();
});

test('versions, level, the version in use and ours, which the owner may have gone beyond, for programs and readers', async () => {
  const topics = freshTopics();
  const flags = registryFlags(topics);
  await outputOf(['schemas', 'register', ...flags]);
  const jobs = `${topics.jobs}-value`;
  await setLevel(jobs, 'FULL_TRANSITIVE');
  await evolve(jobs, plus(site));
  const latest = await evolve(jobs, plus({ ...site, name: 'room' }));
  const [listed, images, deadLetters] = await list(flags);
  expect(listed).toMatchObject({
    subject: jobs,
    versions: [1, 2, 3],
    compatibility: 'FULL_TRANSITIVE',
    inUse: { version: 3, id: latest },
    ours: { version: 1 },
  });
  for (const other of [images, deadLetters]) {
    expect(other).toMatchObject({ versions: [1], compatibility: 'BACKWARD' });
    expect(other?.inUse).toEqual({ ...other?.ours, dropsDefaults: false });
  }
  expect((await outputOf(['schemas', 'list', ...flags])).split('\n').slice(0, 5)).toEqual([
    jobs,
    '  versions       1, 2, 3',
    '  compatibility  FULL_TRANSITIVE',
    `  in use         version 3 (schema id ${latest})`,
    `  this release's version 1 (schema id ${listed?.ours?.id})`,
  ]);
});

test('ours may be absent where others registered theirs; `register` would use the latest as well, and writes nothing here', async () => {
  const topics = freshTopics();
  const jobs = `${topics.jobs}-value`;
  const id = await registerVersion(jobs, plus(site)(currentSchema('netbackup-job')));
  const [listed] = await list([...registryFlags(topics), '--schemas-mode', 'register']);
  expect(listed).toMatchObject({ versions: [1], inUse: { version: 1, id }, ours: null });
  expect(await versionsOf(jobs)).toEqual([1]);
  expect(await outputOf(['schemas', 'list', ...registryFlags(topics)])).toMatch(/^ {2}this release's none$/m);
});

test('pinned: the version in use is the pinned one, by number or id, and none where it is not there', async () => {
  const topics = freshTopics();
  const flags = registryFlags(topics);
  await outputOf(['schemas', 'register', ...flags]);
  const [jobs, images] = [`${topics.jobs}-value`, `${topics.images}-value`];
  const second = await evolve(jobs, plus(site));
  await evolve(jobs, plus({ ...site, name: 'room' }));
  await evolve(images, plus(site));
  const pins = [
    ['--schemas-pinned-jobs', `id:${second}`],
    ['--schemas-pinned-images', 'version:1'],
    ['--schemas-pinned-dead-letters', 'version:9'],
  ].flat();
  const listed = await list([...flags, '--schemas-mode', 'pinned', ...pins]);
  expect(listed.map(({ inUse }) => inUse?.version ?? null)).toEqual([2, 1, null]);
  expect(listed[0]?.inUse?.id).toBe(second);
});

test('pinned without a version for each subject: exit 78, naming the settings', async () => {
  const flags = [...registryFlags(freshTopics()), '--schemas-mode', 'pinned'];
  const { exitCode, stderr } = await nbwssBridge([
    'schemas',
    'list',
    ...flags,
    '--schemas-pinned-jobs',
    'id:1',
  ]);
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/schemas\.pinned\.images/);
});

test('a registry that is not there: exit 69, with the address', async () => {
  const flags = [...registryFlags(freshTopics()).slice(0, -1), 'http://127.0.0.1:1'];
  const { exitCode, stdout, stderr } = await nbwssBridge(['schemas', 'list', '--json', ...flags]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: '' });
  expect(stderr).toMatch(/doesn't answer GET http:\/\/127\.0\.0\.1:1\/subjects\//);
});
