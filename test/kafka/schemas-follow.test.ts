import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { startBridge } from '../../tools/bridge-process.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { readMetrics } from '../helpers/admin.ts';
import {
  createTopics,
  createTopicsAndSubjects,
  freshTopics,
  type Settings,
  startTestBridge,
  type TestBridge,
} from '../helpers/bridge.ts';
import { openDoor, openSilence } from '../helpers/doors.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import { readBack } from '../helpers/independent-reader.ts';
import { connectPrimary, type TestPrimary } from '../helpers/primary.ts';
import { altered, type Change, plus, renamed, without } from '../helpers/schema-evolution.ts';
import type { RecordSchema } from '../../tools/schemas/versions.ts';

const patience = { timeout: 20_000, interval: 50 };
/** So often that a test can wait for it, and so seldom that a test which sends SIGHUP sees that. */
const [often, seldom] = [{ refreshIntervalMs: 1_000 }, { refreshIntervalMs: 600_000 }];

/** Registers the next version of a subject, as its owner would. @returns its id */
async function evolve(subject: string, change: Change, more: object = {}): Promise<number> {
  const url = `${inject('registryUrl')}/subjects/${encodeURIComponent(subject)}/versions`;
  const { schema } = (await (await fetch(`${url}/latest`)).json()) as { schema: string };
  return await register(subject, change(JSON.parse(schema) as RecordSchema), more);
}

async function register(subject: string, schema: object, more: object = {}): Promise<number> {
  const response = await fetch(`${inject('registryUrl')}/subjects/${encodeURIComponent(subject)}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema), ...more }),
  });
  const { id } = (await response.json()) as { id: number };
  expect(response.status).toBe(200);
  return id;
}

async function given(
  settings: Settings,
): Promise<{ test: TestBridge; primary: TestPrimary; subject: string }> {
  const bridge = await startTestBridge({ settings });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const primary = await bridge.connect();
  onTestFinished(() => primary[Symbol.asyncDispose]());
  return { test: bridge, primary, subject: `${bridge.topics.jobs}-value` };
}

async function deliver(primary: TestPrimary, id: string, entry: object): Promise<void> {
  primary.send(envelope([jobs({ ...job, ...entry })], { id }));
  await primary.answered(id);
}

/** Waits for a line of the bridge's log. */
async function logged({ bridge }: TestBridge, text: RegExp): Promise<Readonly<Record<string, unknown>>> {
  return await vi.waitFor(async () => {
    const line = (await bridge.log()).find((each) => text.test(String(each['message'])));
    if (line === undefined) throw new Error(`no line ${text}`);
    return line;
  }, patience);
}

const site = { name: 'site', type: ['null', 'string'], default: null };

test('a field that the schema gains under load is in the next records without a restart, and none is lost', async () => {
  const { test, primary, subject } = await given({ schemas: often });
  let sent = 0;
  const sendSome = async () => {
    for (let i = 0; i < 20; i++)
      primary.send(envelope([jobs({ ...job, site: 'berlin' })], { id: `M${sent++}` }));
    await primary.answeredInAll(sent);
  };
  await sendSome();
  const id = await evolve(subject, plus(site));
  const isInUse = async () =>
    (await readMetrics(test.bridge.adminUrl)).value('nbwss_schema_info', {
      subject,
      schema_id: String(id),
    }) === 1;
  const loading = { until: false };
  const load = (async () => {
    while (!loading.until) await sendSome();
  })();
  await vi.waitFor(async () => expect(await isInUse()).toBe(true), patience);
  await sendSome();
  loading.until = true;
  await load;

  const records = await test.read(sent);
  expect(records).toHaveLength(sent);
  const byVersion = Map.groupBy(records, ({ schemaId }) => schemaId === id);
  expect(
    byVersion
      .get(false)
      ?.every(({ value }) => (value?.['extra'] as { site?: string } | undefined)?.site === '"berlin"'),
  ).toBe(true);
  expect(byVersion.get(true)?.every(({ value }) => value?.['site'] === 'berlin')).toBe(true);
  expect(byVersion.get(true)?.length).toBeGreaterThanOrEqual(20);
  expect(new Set(records.map(({ value }) => value?.['messageId'])).size).toBe(sent);
  expect(
    (await readMetrics(test.bridge.adminUrl)).samples.filter(
      ({ name, labels }) => name === 'nbwss_schema_info' && labels['subject'] === subject,
    ),
  ).toHaveLength(1);
  expect(await logged(test, /^new version of the schema in use$/)).toMatchObject({
    'event.kind': 'audit',
    'nbwss.subject': subject,
    'nbwss.schema_id': id,
    'nbwss.version': 2,
    'nbwss.version_before': 1,
  });
});

test('SIGHUP looks at once; a field that went, was renamed, or has another type follows the newest version', async () => {
  const { test, primary, subject } = await given({ schemas: seldom });
  const steps: readonly [Change, Readonly<Record<string, unknown>>][] = [
    [without('policyType'), { extra: { policyType: '"VMWARE"' } }],
    [renamed('policyName', 'policy'), { policy: 'nightly' }],
    [altered('status', { type: ['null', 'long'] }), { status: 5_000_000_000 }],
    [plus({ name: 'tags', type: { type: 'array', items: 'string' }, default: [] }), { tags: ['a', 'b'] }],
  ];
  for (const [index, [change, expected]] of steps.entries()) {
    const id = await evolve(subject, change);
    test.bridge.process.signal('SIGHUP');
    await vi.waitFor(async () => {
      const lines = (await test.bridge.log()).filter((line) => line['nbwss.schema_id'] === id);
      expect(lines).toHaveLength(1);
    }, patience);
    const more = index < 2 ? {} : { status: 5_000_000_000 };
    await deliver(primary, `M${index}`, { ...more, tags: ['a', 'b'] });
    const record = (await test.read(index + 1)).find(({ value }) => value?.['messageId'] === `M${index}`);
    expect(record).toMatchObject({ schemaId: id, value: expected });
  }
});

test.each<[string, Change, RegExp]>([
  ['has a field that nothing can fill', plus({ name: 'photo', type: 'bytes', default: '' }), /field "photo"/],
  ['lacks what keeps the rest', without('extra'), /lacks the field "extra"/],
])(
  'a version that %s is refused, once and by name; the one before stays, and a later one is taken',
  async (_, change, reason) => {
    const { test, primary, subject } = await given({ schemas: often });
    const refusedId = await evolve(subject, change);
    expect(await logged(test, /the one before is used, see schema-in-use$/)).toMatchObject({
      'log.level': 'error',
      'nbwss.subject': subject,
      'nbwss.schema_id': refusedId,
      'nbwss.version': 2,
      'event.reason': expect.stringMatching(reason),
    });
    await deliver(primary, 'M1', {});
    const mended = await evolve(subject, (schema) => ({
      ...schema,
      fields: [
        ...schema.fields.filter(({ name }) => name !== 'photo' && name !== 'extra'),
        site,
        { name: 'extra', type: { type: 'map', values: 'string' }, default: {} },
      ],
    }));
    await vi.waitFor(async () => {
      const lines = (await test.bridge.log()).filter(
        (line) => line['nbwss.schema_id'] === mended && String(line['message']).endsWith('in use'),
      );
      expect(lines).toHaveLength(1);
    }, patience);
    await deliver(primary, 'M2', { site: 'berlin' });
    const records = await test.read(2);
    const byMessage = new Map(records.map((record) => [record.value?.['messageId'], record]));
    expect(byMessage.get('M1')?.schemaId).not.toBe(refusedId);
    expect(byMessage.get('M2')).toMatchObject({ schemaId: mended, value: { site: 'berlin' } });
    const metrics = await readMetrics(test.bridge.adminUrl);
    expect(metrics.value('nbwss_schema_versions_refused_total', { subject })).toBe(1);
    expect(
      (await test.bridge.log()).filter(({ message }) =>
        String(message).endsWith('is used, see schema-in-use'),
      ),
    ).toHaveLength(1);
  },
);

test('a registry that is down or hangs later has no effect but a warning, and is followed when it is back', async () => {
  const registry = new URL(inject('registryUrl'));
  const port = await freePort();
  const to = { host: registry.hostname, port: Number(registry.port) };
  const door = await openDoor(port, to);
  const { test, primary, subject } = await given({
    schemas: often,
    registry: { url: `http://127.0.0.1:${port}${registry.pathname}`, requestTimeoutMs: 300 },
  });
  await door[Symbol.asyncDispose]();
  expect(await logged(test, /could not be asked/)).toMatchObject({
    'log.level': 'warn',
    'event.reason': expect.stringContaining('ECONNREFUSED'),
  });
  await deliver(primary, 'M1', {});
  {
    const silence = await openSilence(port);
    onTestFinished(() => silence[Symbol.asyncDispose]());
    const errors = async () =>
      (await readMetrics(test.bridge.adminUrl)).value('nbwss_errors_total', { stage: 'schemas' }) ?? 0;
    const before = await errors();
    await vi.waitFor(async () => expect(await errors()).toBeGreaterThan(before), patience);
    await deliver(primary, 'M2', {});
    await silence[Symbol.asyncDispose]();
  }
  const id = await evolve(subject, plus(site));
  const again = await openDoor(port, to);
  onTestFinished(() => again[Symbol.asyncDispose]());
  await logged(test, /^new version of the schema in use$/);
  await deliver(primary, 'M3', {});
  expect(
    (await test.read(3)).map(({ schemaId }) => schemaId === id).toSorted((a, b) => Number(a) - Number(b)),
  ).toEqual([false, false, true]);
});

test('an address of the registry that does not answer is passed over for the next', async () => {
  const [url, nowhere] = [inject('registryUrl'), `http://127.0.0.1:${await freePort()}`];
  const { test, primary } = await given({ registry: { url: nowhere, fallbackUrls: [url] } });
  await deliver(primary, 'M1', {});
  expect(await test.read(1)).toHaveLength(1);
});

/** A bridge that starts with settings of its own, on topics without subjects. */
async function startOn(topics: ReturnType<typeof freshTopics>, settings: Settings) {
  const directory = await temporaryDirectory(join(tmpdir(), 'nbwss-test-'));
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const bridge = await startBridge({
    bootstrapServers: inject('bootstrapServers'),
    registryUrl: inject('registryUrl'),
    directory: directory.path,
    settings: { ...settings, kafka: { brokers: inject('bootstrapServers'), topics } },
  });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const primary = await connectPrimary(bridge.url, bridge.tokens['primary1'] ?? '', bridge.pki.ca);
  onTestFinished(() => primary[Symbol.asyncDispose]());
  return { bridge, primary, read: (atLeast: number) => readBack(Object.values(topics), { atLeast }) };
}

test.each([
  ['topic', 'team-a', (topic: string) => `:.team-a:${topic}-value`],
  ['record', undefined, () => 'nbwss.v1.NetBackupJob'],
  ['topic-record', undefined, (topic: string) => `${topic}-nbwss.v1.NetBackupJob`],
] as const)(
  'registers its schemas where the subjects lack them, when told to: subjects by %s, context %s',
  async (subjects, context, subjectOf) => {
    const topics = freshTopics();
    await createTopics(topics);
    const schemas = { mode: 'register', subjects, ...(context !== undefined && { context }) };
    const { primary, read } = await startOn(topics, { schemas });
    await deliver(primary, 'M1', {});
    const [record] = await read(1);
    const url = `${inject('registryUrl')}/subjects/${encodeURIComponent(subjectOf(topics.jobs))}/versions/latest`;
    const latest = (await (await fetch(url)).json()) as { id: number };
    expect(record).toMatchObject({ schemaId: latest.id, value: { jobId: job.jobId } });
  },
);

test('pinned versions are written with, by number or by id, whatever comes after them', async () => {
  const topics = freshTopics();
  await createTopicsAndSubjects(topics);
  const jobs = await evolve(`${topics.jobs}-value`, plus(site));
  await evolve(`${topics.jobs}-value`, plus({ ...site, name: 'room' }));
  const pinned = { jobs: `id:${jobs}`, images: 'version:1', deadLetters: 'version:1' };
  const { bridge, primary, read } = await startOn(topics, { schemas: { mode: 'pinned', pinned } });
  bridge.process.signal('SIGHUP');
  await deliver(primary, 'M1', { site: 'berlin', room: '1' });
  expect(await read(1)).toMatchObject([
    { schemaId: jobs, value: { site: 'berlin', extra: { room: '"1"' } } },
  ]);
});

test('a schema may refer to types of other subjects of the registry', async () => {
  const { test, primary, subject } = await given({ schemas: seldom });
  const shared = `${subject}.site`;
  await register(shared, {
    type: 'record',
    name: 'Site',
    namespace: 'shared',
    fields: [{ name: 'city', type: 'string' }],
  });
  const references = [{ name: 'shared.Site', subject: shared, version: 1 }];
  const id = await evolve(subject, plus({ name: 'site', type: ['null', 'shared.Site'], default: null }), {
    references,
  });
  test.bridge.process.signal('SIGHUP');
  await logged(test, /^new version of the schema in use$/);
  await deliver(primary, 'M1', { site: { city: 'berlin' } });
  expect(await test.read(1)).toMatchObject([{ schemaId: id, value: { site: { city: 'berlin' } } }]);
});
