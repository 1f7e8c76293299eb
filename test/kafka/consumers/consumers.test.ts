import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startBridge } from '../../../tools/bridge-process.ts';
import { temporaryDirectory } from '../../../tools/dev-stack/temporary-directory.ts';
import {
  createTopicsAndSubjects,
  freshTopics,
  startTestBridge,
  type TestBridge,
  type TopicNames,
} from '../../helpers/bridge.ts';
import type { ReadBack } from '../../helpers/independent-reader.ts';
import { connectPrimary } from '../../helpers/primary.ts';
import {
  afterRestart,
  beforeRestart,
  expectedReport,
  grownSchema,
  now,
  type Primary,
  primaries,
  type Told,
} from './given.ts';
import { folder, type Language, prepareConsumers, requirements, type Run } from './programs.ts';

/** Above the downloads of the first run, in ms. */
const fetchBound = 400_000;

const root = join(import.meta.dirname, '../../..');
const owned = new AsyncDisposableStack();
let programs: Record<Language, Run>;
let bridge: TestBridge;
let records: readonly ReadBack[];
const emptyTopics = freshTopics();

beforeAll(async () => {
  const directory = owned.use(await temporaryDirectory(join(tmpdir(), 'nbwss-consumers-')));
  programs = await prepareConsumers(directory.path);
  await createTopicsAndSubjects(emptyTopics);
  bridge = owned.use(
    await startTestBridge({ primaries: [...primaries], settings: { kafka: { compression: 'zstd' } } }),
  );
  await tell(bridge.bridge.url, beforeRestart);
  await bridge.bridge.stop();
  await growSchema();
  await using successor = await startBridge({
    bootstrapServers: inject('bootstrapServers'),
    registryUrl: inject('registryUrl'),
    directory: join(directory.path, 'successor'),
    like: bridge.bridge,
    settings: { kafka: { brokers: inject('bootstrapServers'), topics: bridge.topics } },
  });
  await tell(successor.url, afterRestart);
  records = await bridge.read(expectedReport.recordsRead);
}, fetchBound);
afterAll(() => owned.disposeAsync());

/** In this order: each message is answered before the next is sent. */
async function tell(url: string, story: readonly Told[]): Promise<void> {
  const { tokens, pki } = bridge.bridge;
  const connect = (primary: Primary) => connectPrimary(url, tokens[primary] ?? '', pki.ca);
  await using primary1 = await connect('primary1');
  await using primary2 = await connect('primary2');
  for (const { primary, message } of story) {
    const connection = primary === 'primary1' ? primary1 : primary2;
    connection.send(message);
    await connection.answered(message.id);
  }
}

async function growSchema(): Promise<void> {
  const schema = grownSchema(await readFile(join(root, 'schemas/netbackup-job.avsc'), 'utf8'));
  const response = await fetch(`${inject('registryUrl')}/subjects/${bridge.topics.jobs}-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  expect(response.status).toBe(200);
}

async function report(language: Language, { jobs, images }: TopicNames): Promise<unknown> {
  const stack = ['--brokers', inject('bootstrapServers').join(','), '--registry', inject('registryUrl')];
  const { stdout, stderr } = await programs[language](
    ...stack,
    '--jobs',
    jobs,
    '--images',
    images,
    '--now',
    now,
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe.each<Language>(['Python', 'Java', 'Node.js', 'SQL'])('the consumer in %s', (language) => {
  test('gives exactly the right answers, over copies, states, two primaries and two versions of the schema', async () => {
    expect(await report(language, bridge.topics)).toEqual(expectedReport);
  });

  test('gives empty answers for empty topics', async () => {
    expect(await report(language, emptyTopics)).toEqual({
      now,
      recordsRead: 0,
      copiesDropped: 0,
      clientsWithoutFullBackup: [],
      successRates: [],
    });
  });
});

test('the copies and both versions of the schema are really in the topics', () => {
  const names = records.map(({ value }) => `${String(value?.['primary'])}/${String(value?.['messageId'])}`);
  expect(names.length - new Set(names).size).toBe(expectedReport.copiesDropped);
  const jobs = records.filter(({ topic }) => topic === bridge.topics.jobs);
  expect(new Set(jobs.map(({ schemaId }) => schemaId)).size).toBe(2);
});

test('a job whose client changes its name moves to a higher partition and to a lower one', () => {
  const partitionOf = (client: string) => records.find(({ key }) => key === client)?.partition ?? NaN;
  expect(partitionOf('papa')).toBeLessThan(partitionOf('papa.example.com'));
  expect(partitionOf('november.example.com')).toBeGreaterThan(partitionOf('november'));
});

async function dependenciesOf(packageFolder: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(packageFolder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { dependencies: Record<string, string> }).dependencies;
}

test('the manifests pin the versions that these tests run', async () => {
  const [consumer, own] = await Promise.all([join(folder, 'node'), root].map(dependenciesOf));
  expect(own).toMatchObject(consumer ?? {});
  const version = (await requirements('python')).match(/^confluent-kafka\[.*\]==(.+)$/m)?.[1];
  expect(inject('readerPackages')).toContain(`/confluent-kafka-${version}-`);
});
