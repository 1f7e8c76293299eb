import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { expect, test } from 'vitest';

import { prepareSample, readSamples, type Sample } from '../../../src/simulator/samples.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/nbwss');

async function sample(name: string): Promise<Sample> {
  const [only] = await readSamples(join(fixtures, name));
  if (only === undefined) throw new Error(`${name} is missing`);
  return only;
}

async function folder(files: Record<string, string>) {
  const path = await mkdtemp(join(tmpdir(), 'samples-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test('reads the notifications of a folder by name and leaves the CONNECT messages out', async () => {
  const samples = await readSamples(fixtures);
  expect(samples.map(({ file }) => basename(file))).toEqual([
    'notification-backup-parent-start.json',
    'notification-image-air-update-and-no-local-copy.json',
    'notification-image-delete.json',
    'notification-job-and-two-images.json',
    'notification-restore-job-done.json',
  ]);
});

test('moves every time by one offset, so that the message is of now and the differences stay', async () => {
  const moved = prepareSample(await sample('notification-job-and-two-images.json'), 1459811724 + 1_000_000);
  const { timeStamp, payload } = JSON.parse(moved.frame.toString());
  expect(timeStamp).toBe(1460811724);
  expect(payload[0].data[0]).toMatchObject({ startTime: 1460829698, jobId: 146, parentJobId: 145 });
  expect(payload[1].data).toMatchObject([
    { backupTime: 1460811698, createdTime: 1460829720, backupId: 'DummyTestVM_1460811698' },
    { backupTime: 1460811686, createdTime: 1460829721, backupId: 'DummyTestVM_1460811686' },
  ]);
  expect(moved.entries).toBe(3);
});

test('changes nothing but the id where times are to stay, and gives a fresh one each time', async () => {
  const original = await sample('notification-image-delete.json');
  const [first, second] = [prepareSample(original, null), prepareSample(original, null)];
  expect(first.id).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  expect(second.id).not.toBe(first.id);
  expect(JSON.parse(first.frame.toString())).toEqual({ ...original.envelope, id: first.id });
});

test('leaves a backupId alone that does not end in the backupTime', () => {
  const data = [
    { backupId: 'client_7', backupTime: 17 },
    { backupId: 5, backupTime: 17 },
  ];
  const envelope = { type: 'NOTIFICATION', timeStamp: 100, payload: [{ object: 'IMAGE', data }, null] };
  const { frame, entries } = prepareSample({ file: 'made up', envelope }, 110);
  expect(JSON.parse(frame.toString()).payload[0].data).toEqual([
    { backupId: 'client_7', backupTime: 27 },
    { backupId: 5, backupTime: 27 },
  ]);
  expect(entries).toBe(2);
});

test('says which file is no JSON, and that a folder holds no notification', async () => {
  await using broken = await folder({ 'a.json': '{' });
  await expect(readSamples(broken.path)).rejects.toThrow(/a\.json is no JSON file/);
  await using list = await folder({ 'a.json': '[]' });
  await expect(readSamples(list.path)).rejects.toThrow(/a\.json must hold one JSON object/);
  await using other = await folder({ 'a.json': '{"type":"CONNECT"}', 'b.txt': '' });
  await expect(readSamples(other.path)).rejects.toThrow(/no message of type NOTIFICATION/);
  await expect(readSamples(join(other.path, 'missing'))).rejects.toMatchObject({ code: 'usage' });
});
