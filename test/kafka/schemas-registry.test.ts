import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { startBridge } from '../../tools/bridge-process.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { currentSchema } from '../../tools/schemas/versions.ts';
import { readMetrics, untilReadiness } from '../helpers/admin.ts';
import { type Answered, answerAs, type Asked } from '../helpers/answering-registry.ts';
import {
  createTopics,
  createTopicsAndSubjects,
  freshTopics,
  registryFlags,
  type TopicNames,
} from '../helpers/bridge.ts';
import { nbwssBridge, outputOf } from '../helpers/command.ts';
import { readBack } from '../helpers/independent-reader.ts';
import { envelope, image, images, job, jobs } from '../helpers/messages.ts';
import { evolve, registerVersion, setLevel, versionsOf } from '../helpers/owner.ts';
import { connectPrimary } from '../helpers/primary.ts';
import { altered, plus, without } from '../helpers/schema-evolution.ts';

const patience = { timeout: 20_000, interval: 50 };
const site = { name: 'site', type: ['null', 'string'], default: null };
const subjectOf = (topic: string) => `${topic}-value`;
const stopping = (resource: AsyncDisposable) => () => resource[Symbol.asyncDispose]();

/** The real registry behind a proxy, which may answer in its place or hold its answer back. */
async function proxied(
  inPlace: (asked: Asked, ask: () => Promise<Answered>) => Promise<Answered> | Answered,
) {
  const proxy = await answerAs((asked) =>
    inPlace(asked, async () => {
      const { method, path, body } = asked;
      const response = await fetch(new URL(path, inject('registryUrl')), {
        method,
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        ...(method === 'POST' && { body }),
      });
      return { status: response.status, body: await response.text() };
    }),
  );
  onTestFinished(stopping(proxy));
  return { url: proxy.url + new URL(inject('registryUrl')).pathname, asked: proxy.asked };
}

/** Takes no request that could write. */
const deafToPosts = () =>
  proxied(({ method }, ask) =>
    method === 'GET' ? ask() : { status: 403, body: { error_code: 40301, message: 'read only' } },
  );

/** In read-only mode, as Confluent's registry has it: what is there can be looked up. */
const readOnly = () =>
  proxied(({ method, path }, ask) =>
    method === 'POST' && path.endsWith('/versions')
      ? { status: 422, body: { error_code: 42205, message: 'Subject is in read-only mode' } }
      : ask(),
  );

/** A bridge on an admin port that is known before it is ready. */
async function startOn(topics: TopicNames, schemas: object, registryUrl = inject('registryUrl')) {
  const directory = await temporaryDirectory(join(tmpdir(), 'nbwss-test-'));
  onTestFinished(stopping(directory));
  const [listen, admin] = [await freePort(), await freePort()];
  const tls = {
    certFile: join(directory.path, 'tls/tls.crt'),
    keyFile: join(directory.path, 'tls/tls.key'),
  };
  const bridge = await startBridge({
    bootstrapServers: inject('bootstrapServers'),
    registryUrl,
    directory: directory.path,
    waitUntilReady: false,
    settings: {
      listen: { host: '127.0.0.1', port: listen, tls },
      admin: { port: admin },
      kafka: { brokers: inject('bootstrapServers'), topics },
      schemas: { refreshIntervalMs: 600_000, ...schemas },
    },
  });
  onTestFinished(stopping(bridge));
  const adminUrl = `http://127.0.0.1:${admin}`;
  let sent = 0;
  return {
    bridge,
    untilReady: () =>
      untilReadiness(adminUrl, (seen) => expect(seen).toMatchObject({ status: 200, ready: true })),
    untilUnready: (reason: RegExp) =>
      untilReadiness(adminUrl, (seen) => {
        expect(seen).toMatchObject({ status: 503, ready: false });
        expect(seen?.checks['schemas']).toMatch(reason);
      }),
    /** The version in use of a topic's subject. */
    async inUse(topic: string) {
      const { samples } = await readMetrics(adminUrl);
      const of = samples.filter(
        ({ name, labels }) => name === 'nbwss_schema_info' && labels['subject'] === subjectOf(topic),
      );
      expect(of).toHaveLength(1);
      return Number(of[0]?.labels['version']);
    },
    refused: async (topic: string) =>
      (await readMetrics(adminUrl)).value('nbwss_schema_versions_refused_total', {
        subject: subjectOf(topic),
      }),
    async deliver(...notifications: readonly object[]) {
      const url = `wss://127.0.0.1:${listen}/nbwss`;
      await using primary = await connectPrimary(url, bridge.tokens['primary1'] ?? '', bridge.pki.ca);
      const id = `M${sent++}`;
      primary.send(envelope(notifications, { id }));
      await primary.answered(id);
    },
    read: (atLeast: number) => readBack(Object.values(topics), { atLeast }),
  };
}

async function given(): Promise<TopicNames> {
  const topics = freshTopics();
  await createTopicsAndSubjects(topics);
  return topics;
}

test.each([
  ['registered', {}],
  ['pinned', { pinned: { jobs: 'version:1', images: 'version:1', deadLetters: 'version:1' } }],
])('%s: a registry that takes no POST has no effect, and is followed', async (mode, more) => {
  const topics = await given();
  const registry = await deafToPosts();
  const { bridge, untilReady, inUse, deliver, read } = await startOn(topics, { mode, ...more }, registry.url);
  await untilReady();
  await evolve(subjectOf(topics.jobs), plus(site));
  bridge.process.signal('SIGHUP');
  const expected = mode === 'pinned' ? 1 : 2;
  await vi.waitFor(async () => expect(await inUse(topics.jobs)).toBe(expected), patience);
  await deliver(jobs({ ...job, site: 'berlin' }));
  const [record] = await read(1);
  const where = mode === 'pinned' ? { extra: { site: '"berlin"' } } : { site: 'berlin' };
  expect(record?.value).toMatchObject(where);
  expect(registry.asked.every(({ method }) => method === 'GET')).toBe(true);
});

test('register: a registry in read-only mode serves where it has ours, and does not where it lacks one', async () => {
  const [full, empty] = [await given(), freshTopics()];
  await createTopics(empty);
  const registry = await readOnly();
  const serving = await startOn(full, { mode: 'register' }, registry.url);
  const waiting = await startOn(empty, { mode: 'register' }, registry.url);
  await serving.untilReady();
  await serving.deliver(jobs(job));
  expect(await serving.read(1)).toHaveLength(1);
  await waiting.untilUnready(/registration of test-\S+-value: 422.*Subject is in read-only mode/);
  expect(await versionsOf(subjectOf(empty.jobs))).toBeNull();
});

test('register: a registry that takes no POST is the reason to wait, with what it refused', async () => {
  const registry = await deafToPosts();
  const waiting = await startOn(await given(), { mode: 'register' }, registry.url);
  await waiting.untilUnready(/refuses POST http:\S+\/subjects\/test-\S+ with 403/);
});

test('register: a subject that refuses ours is the reason to wait, until its owner mends it', async () => {
  const topics = freshTopics();
  await createTopics(topics);
  const subject = subjectOf(topics.images);
  const ours = currentSchema('netbackup-image');
  await registerVersion(subject, altered('clientType', { type: 'int', default: 0 })(ours));
  await setLevel(subject, 'BACKWARD');
  const { untilUnready, untilReady, inUse } = await startOn(topics, { mode: 'register' });
  await untilUnready(new RegExp(`refuses the schema for ${subject}`));
  await setLevel(subject, 'NONE');
  await untilReady();
  expect(await inUse(topics.images)).toBe(2);
});

test('a version that can not be written does not stop a restart: the one before is written, and the next is taken', async () => {
  const topics = await given();
  const subject = subjectOf(topics.jobs);
  await evolve(subject, plus({ name: 'photo', type: 'bytes', default: '' }));
  const { untilReady, inUse, refused, bridge, deliver, read } = await startOn(topics, {});
  await untilReady();
  expect([await inUse(topics.jobs), await refused(topics.jobs)]).toEqual([1, 1]);
  await deliver(jobs(job));
  expect(await read(1)).toHaveLength(1);
  const listed = await outputOf(['schemas', 'list', ...registryFlags(topics)]);
  expect(listed).toMatch(
    /in use {9}version 1 \(schema id \d+\)\n {2}refused {8}subject \S+, version 2 .*"photo"/,
  );
  const checked = await nbwssBridge(['schemas', 'check', ...registryFlags(topics)]);
  expect(checked).toMatchObject({
    exitCode: 78,
    stdout: expect.stringMatching(/jobs-value: version 1 \(schema id \d+\) can be written/),
    stderr: expect.stringMatching(/version 2 .*"photo" is of the type bytes/),
  });
  await evolve(subject, (schema) => plus(site)(without('photo')(schema)));
  bridge.process.signal('SIGHUP');
  await vi.waitFor(async () => expect(await inUse(topics.jobs)).toBe(3), patience);
});

test('a default of a later branch, which avsc does not take, is written', async () => {
  const topics = freshTopics();
  await createTopics(topics);
  const schema = currentSchema('netbackup-job');
  const late = { name: 'site', type: ['null', 'string'], default: 'north' } as const;
  await registerVersion(subjectOf(topics.jobs), plus(late)(schema));
  await registerVersion(subjectOf(topics.images), currentSchema('netbackup-image'));
  await registerVersion(subjectOf(topics.deadLetters), currentSchema('dead-letter'));
  const { untilReady, deliver, read } = await startOn(topics, {});
  await untilReady();
  await deliver(jobs(job));
  expect(await read(1)).toMatchObject([{ value: { site: 'north' } }]);
});

test('a version that can not be written is the reason to wait where there is no other, until its owner registers one', async () => {
  const topics = freshTopics();
  await createTopics(topics);
  const subject = subjectOf(topics.jobs);
  const schema = currentSchema('netbackup-job');
  await registerVersion(subject, plus({ name: 'photo', type: 'bytes', default: '' })(schema));
  await registerVersion(subjectOf(topics.images), currentSchema('netbackup-image'));
  await registerVersion(subjectOf(topics.deadLetters), currentSchema('dead-letter'));
  const { untilUnready, untilReady, inUse } = await startOn(topics, {});
  await untilUnready(new RegExp(`${subject}, version 1 .*"photo" is of the type bytes`));
  await registerVersion(subject, schema);
  await untilReady();
  expect(await inUse(topics.jobs)).toBe(2);
});

test('a pinned version that can not be written ends the start with 78 and the reason', async () => {
  const topics = await given();
  await evolve(subjectOf(topics.jobs), plus({ name: 'photo', type: 'bytes', default: '' }));
  const pinned = { jobs: 'version:2', images: 'version:1', deadLetters: 'version:1' };
  const { bridge } = await startOn(topics, { mode: 'pinned', pinned });
  expect(await bridge.process.ended).toBe('exit code 78');
  const log = await readFile(bridge.process.logFile, 'utf8');
  expect(log).toMatch(/photo.*It is pinned \(schemas\.pinned\): pin another one/);
});

test('each subject has its own version: one that is refused does not keep the others from theirs', async () => {
  const topics = await given();
  const { bridge, untilReady, inUse, refused, deliver, read } = await startOn(topics, {});
  await untilReady();
  await evolve(
    subjectOf(topics.jobs),
    plus({ name: 'odd', type: { type: 'int', logicalType: 'timestamp-millis' }, default: 0 }),
  );
  const second = await evolve(subjectOf(topics.images), plus(site));
  await evolve(subjectOf(topics.deadLetters), plus(site));
  bridge.process.signal('SIGHUP');
  await vi.waitFor(async () => {
    expect([await inUse(topics.images), await inUse(topics.deadLetters)]).toEqual([2, 2]);
    expect(await refused(topics.jobs)).toBe(1);
  }, patience);
  expect(await inUse(topics.jobs)).toBe(1);
  expect([await refused(topics.images), await refused(topics.deadLetters)]).toEqual([0, 0]);
  await deliver(
    jobs({ ...job, odd: 5 }),
    images({ ...image, site: 'berlin' }),
    jobs({ jobId: 'none', clientName: 'c' }),
  );
  const records = await read(3);
  const valueIn = (topic: string) => records.find((record) => record.topic === topic);
  expect(valueIn(topics.jobs)?.value).toMatchObject({ extra: { odd: '5' } });
  expect(valueIn(topics.images)).toMatchObject({ schemaId: second, value: { site: 'berlin' } });
  expect(valueIn(topics.deadLetters)?.value).toMatchObject({ reason: 'wrong-type', site: null });
});

test('SIGHUP while a look-up is under way looks again after it', async () => {
  const topics = await given();
  let held: PromiseWithResolvers<void> | undefined;
  const registry = await proxied(async (_asked, ask) => {
    const answer = await ask();
    await held?.promise;
    return answer;
  });
  const { bridge, untilReady, inUse } = await startOn(topics, {}, registry.url);
  await untilReady();
  held = Promise.withResolvers();
  const before = registry.asked.length;
  bridge.process.signal('SIGHUP');
  await vi.waitFor(() => expect(registry.asked).toHaveLength(before + 3), patience);
  await evolve(subjectOf(topics.jobs), plus(site));
  bridge.process.signal('SIGHUP');
  // The second signal is behind this request in the bridge's own order.
  await inUse(topics.jobs);
  held.resolve();
  await vi.waitFor(async () => expect(await inUse(topics.jobs)).toBe(2), patience);
  expect(registry.asked).toHaveLength(before + 6);
});
