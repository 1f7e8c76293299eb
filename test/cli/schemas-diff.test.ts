import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { currentSchema } from '../../tools/schemas/versions.ts';
import { freshTopics, registryFlags } from '../helpers/bridge.ts';
import { nbwssBridge, outputOf } from '../helpers/command.ts';
import { evolve, registerVersion, setLevel } from '../helpers/owner.ts';
import { altered, plus, renamed, without } from '../helpers/schema-evolution.ts';

const topics = freshTopics();
const flags = registryFlags(topics);
const diff = (from: string, to: string, more: readonly string[] = flags) =>
  nbwssBridge(['schemas', 'diff', from, to, ...more]);
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const file = (name: string) => join(directory.path, name);

beforeAll(async () => {
  directory = await temporaryDirectory(join(tmpdir(), 'nbwss-diff-'));
  await outputOf(['schemas', 'register', ...flags]);
  const jobs = `${topics.jobs}-value`;
  await setLevel(jobs, 'NONE');
  await evolve(jobs, plus({ name: 'site', type: ['null', 'string'], default: null }));
  await evolve(jobs, (schema) =>
    [
      without('policyType'),
      renamed('policyName', 'policy'),
      altered('status', { type: ['null', 'long'], doc: 'Wider.' }),
      altered('state', { aliases: ['jobState'] }),
      altered('jobId', { default: 0 }),
      plus({ name: 'needed', type: 'int' }),
    ].reduce((changed, change) => change(changed), schema),
  );
  await registerVersion(jobs, { type: 'enum', name: 'E', symbols: ['A'] });
  await registerVersion(`${topics.images}-value`, currentSchema('netbackup-image'));
  await writeFile(file('job.avsc'), JSON.stringify(currentSchema('netbackup-job')));
  await writeFile(file('enum.avsc'), '{"type":"enum","name":"E","symbols":["A"]}');
  await writeFile(file('broken.avsc'), '{');
});
afterAll(() => directory[Symbol.asyncDispose]());

test.each([
  ['jobs', 'jobs'],
  ['jobs', 'jobs@1'],
  ['images', 'images@latest'],
  ['dead-letters@1', 'dead-letters'],
])('schemas that are equal print nothing: %s and %s', async (from, to) => {
  expect(await diff(from, to)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

test('a field that was added, there and back', async () => {
  expect((await diff('jobs', 'jobs@2')).stdout).toBe('+ site: string or null, with a default\n');
  expect((await diff('jobs@2', 'jobs')).stdout).toBe('- site: string or null\n');
});

test('what was changed, field by field, and what breaks whom', async () => {
  const { exitCode, stdout, stderr } = await diff('jobs@2', 'jobs@3');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toEqual([
    '~ jobId: gains a default',
    '~ state: gains the alias jobState',
    '~ status: int or null becomes long or null; has another doc',
    '~ policyName: is now called policy',
    '- policyType: string or null',
    '+ needed: int, without a default',
    `! readers with jobs@3 can't read jobs@2: "needed" is read without a default, and is not written`,
    `! readers with jobs@2 can't read jobs@3: "status" is written as long or null, and can't be read as int or null`,
  ]);
});

test("a file may stand on either side; files and this release's schemas need no registry", async () => {
  expect(await diff(file('job.avsc'), 'jobs', [])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect((await diff(file('job.avsc'), 'jobs@2')).stdout).toBe('+ site: string or null, with a default\n');
  expect((await diff('jobs', 'images', [])).stdout).toMatch(
    /^! readers with images can't read jobs: record nbwss\.v1\.NetBackupJob can't be read as record nbwss\.v1\.NetBackupImage$/m,
  );
});

test.each<[string, () => string, RegExp]>([
  [
    'a file that is not there',
    () => file('none.avsc'),
    /none\.avsc is no schema that can be compared: there is nothing of that name \(ENOENT\); give jobs, images or dead-letters/,
  ],
  ['a name that is none', () => 'job', /^nbwss-bridge: job is no schema that can be compared/],
  ['a version that is no number', () => 'jobs@first', /^nbwss-bridge: jobs@first is no schema/],
  ['a version 0', () => 'jobs@0', /^nbwss-bridge: jobs@0 is no schema/],
  ['a file that is no record', () => file('enum.avsc'), /the schema is not a record/],
  ['a file that is no JSON', () => file('broken.avsc'), /broken\.avsc is no schema that can be compared/],
  [
    'a version that is no record',
    () => 'jobs@4',
    /jobs@4 \(\S+jobs-value\) is no schema that can be compared: the schema is not a record/,
  ],
])('%s: exit 65, and what may stand there', async (_, name, message) => {
  const { exitCode, stdout, stderr } = await diff(name(), 'jobs');
  expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: '' });
  expect(stderr).toMatch(message);
});

test('a version that the registry does not have: exit 78', async () => {
  const { exitCode, stderr } = await diff('jobs', 'jobs@99');
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/has no version 99 of the subject \S+jobs-value/);
});

test.each([[['diff']], [['diff', 'jobs']], [['diff', 'jobs', 'jobs', 'jobs']]])(
  '%j is a usage error: exit 64',
  async (args) => {
    const { exitCode, stdout } = await nbwssBridge(['schemas', ...args, ...flags]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
  },
);

test("the registry's versions need its address: exit 78, naming the setting", async () => {
  const { exitCode, stderr } = await diff('jobs', 'jobs@1', []);
  expect(exitCode).toBe(78);
  expect(stderr).toContain('registry.url');
});
