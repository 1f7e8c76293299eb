import { readFile } from 'node:fs/promises';
import { expect, inject, test } from 'vitest';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { freshTopics, registryFlags, type TopicNames } from '../helpers/bridge.ts';
import { nbwssBridge, outputOf } from '../helpers/command.ts';
import { openSilence, serveText } from '../helpers/doors.ts';

const registryUrl = inject('registryUrl');

async function registryCall(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(registryUrl + path, {
    method,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
}

/** Registers as somebody else would: whatever the bridge thinks of it. */
async function registerForeign(topic: string, schema: object): Promise<number> {
  const { id } = await registryCall('POST', `/subjects/${topic}-value/versions`, {
    schema: JSON.stringify(schema),
  });
  return Number(id);
}

type Field = Readonly<Record<string, unknown>>;

/** The image schema of this release, with its fields changed. */
async function imageSchema(change: (fields: Field[]) => Field[]): Promise<object> {
  const text = await readFile(new URL('../../schemas/netbackup-image.avsc', import.meta.url), 'utf8');
  const schema = JSON.parse(text) as { fields: Field[] };
  return { ...schema, fields: change(schema.fields) };
}

const register = (topics: TopicNames) => nbwssBridge(['schemas', 'register', ...registryFlags(topics)]);
const check = (topics: TopicNames) => nbwssBridge(['schemas', 'check', ...registryFlags(topics)]);
/** The flags with another registry. */
const at = (url: string, topics = freshTopics()) => [...registryFlags(topics).slice(0, -1), url];

test('register: the same schemas again get the same ids, and no new version', async () => {
  const topics = freshTopics();
  const first = await register(topics);
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /^test-\S+\.jobs-value: schema id \d+\n\S+\.images-value: schema id \d+\n\S+\.dead-letters-value: schema id \d+\n$/,
  );
  expect(await register(topics)).toEqual(first);
  expect(await registryCall('GET', `/subjects/${topics.jobs}-value/versions`)).toEqual([1]);
});

test('register: what is registered is the schema of this release, byte for byte in meaning', async () => {
  const topics = freshTopics();
  await register(topics);
  const { schema } = await registryCall('GET', `/subjects/${topics.images}-value/versions/latest`);
  expect(JSON.parse(String(schema))).toEqual(await imageSchema((fields) => fields));
});

test('register: a subject that holds something incompatible: exit 65, with the subject and the registry’s reason', async () => {
  const topics = freshTopics();
  await registerForeign(
    topics.images,
    await imageSchema((fields) =>
      fields.map((field) => (field['name'] === 'backupId' ? { ...field, type: 'long' } : field)),
    ),
  );
  const { exitCode, stderr } = await register(topics);
  expect(exitCode).toBe(65);
  expect(stderr).toMatch(
    new RegExp(`^nbwss-bridge: the schema registry refuses the schema for ${topics.images}-value: .*409`),
  );
});

test('register: a subject that somebody else registered compatibly gets a version more', async () => {
  const topics = freshTopics();
  const foreign = await imageSchema((fields) => fields.filter(({ name }) => name !== 'clientType'));
  await registerForeign(topics.images, foreign);
  expect(await register(topics)).toMatchObject({ exitCode: 0 });
  expect(await registryCall('GET', `/subjects/${topics.images}-value/versions`)).toEqual([1, 2]);
});

test('check: after register everything can be written and is compatible', async () => {
  const topics = freshTopics();
  await register(topics);
  const { exitCode, stdout } = await check(topics);
  expect(exitCode).toBe(0);
  const line = /^\S+-value: version 1 \(schema id \d+\) can be written; this release's is compatible$/;
  expect(stdout.trimEnd().split('\n')).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(line)));
});

test('check: a missing subject: exit 78, with what to do', async () => {
  const topics = freshTopics();
  const { exitCode, stdout, stderr } = await check(topics);
  expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' });
  expect(stderr).toMatch(
    /has no subject test-\S+-value\. Register the schemas with `nbwss-bridge schemas register`/,
  );
});

test.each<[string, (fields: Field[]) => Field[], RegExp]>([
  [
    'a field of an unsupported type',
    (fields) => [...fields, { name: 'site', type: { type: 'fixed', name: 'Site', size: 1 }, default: 'A' }],
    /field "site" is of the type fixed nbwss\.v1\.Site, which no value of NetBackup's can fill/,
  ],
  [
    'a field that identifies an event is missing',
    (fields) => fields.filter(({ name }) => name !== 'entryIndex'),
    /lacks the field "entryIndex"/,
  ],
  [
    'a field of ours has another type',
    (fields) => fields.map((field) => (field['name'] === 'primary' ? { ...field, type: 'bytes' } : field)),
    /field "primary" is bytes; it has to be string/,
  ],
])(
  'check: a latest version that can not be written (%s): exit 78, naming the field',
  async (_, change, said) => {
    const topics = freshTopics();
    const id = await registerForeign(topics.images, await imageSchema(change));
    await register({ ...topics, images: freshTopics().images });
    const { exitCode, stderr } = await check(topics);
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(said);
    expect(stderr).toContain(`subject ${topics.images}-value, version 1 (schema id ${id})`);
  },
);

test('check: a registry that would refuse this release’s schema: exit 65, though the latest version can be written', async () => {
  const topics = freshTopics();
  const without = { name: 'site', type: 'string', default: 'A' };
  await register({ ...topics, images: freshTopics().images });
  await registerForeign(
    topics.images,
    await imageSchema((fields) => [
      ...fields.map((field) =>
        field['name'] === 'clientType' ? { ...field, type: ['null', 'int'] } : field,
      ),
      without,
    ]),
  );
  const { exitCode, stdout, stderr } = await check(topics);
  expect(exitCode).toBe(65);
  expect(stdout).toMatch(/images-value: version 1 .* can be written; this release's is NOT compatible$/m);
  expect(stderr).toContain(`would refuse this release's schema for ${topics.images}-value`);
});

test('a server that is no registry: exit 69, and which setting to look at', async () => {
  await using web = await serveText('<html>hello</html>');
  for (const command of ['register', 'check']) {
    const { exitCode, stderr } = await nbwssBridge(['schemas', command, ...at(web.url)]);
    expect(exitCode).toBe(69);
    expect(stderr).toMatch(/is not a schema registry: check registry\.url, which includes the API's path/);
  }
});

test.each(['register', 'check'])('%s: a path where no registry is: exit 69', async (command) => {
  const wrongPath = at(`${new URL(registryUrl).origin}/nothing/here`);
  const { exitCode, stdout, stderr } = await nbwssBridge(['schemas', command, ...wrongPath]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: '' });
  expect(stderr).toMatch(/^nbwss-bridge: .*check registry\.url, which includes the API's path/);
});

test.each(['register', 'check'])(
  '%s: a registry that hangs: exit 69 after the time that is set',
  async (command) => {
    await using silence = await openSilence();
    const flags = [...at(`http://127.0.0.1:${silence.port}`), '--registry-request-timeout-ms', '300'];
    const { exitCode, stderr } = await nbwssBridge(['schemas', command, ...flags], { timeoutMs: 10_000 });
    expect(exitCode).toBe(69);
    expect(stderr).toMatch(/doesn't answer (?:GET|POST) http:\/\/127\.0\.0\.1:\d+\/subjects\/.*timeout/);
  },
);

test('a registry that is not there: exit 69, with the address', async () => {
  const port = await freePort();
  const { exitCode, stderr } = await nbwssBridge(['schemas', 'check', ...at(`http://127.0.0.1:${port}`)]);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(new RegExp(`doesn't answer GET http://127.0.0.1:${port}/subjects/.*ECONNREFUSED`));
});

test('stdout is data and nothing else', async () => {
  const output = await outputOf(['schemas', 'register', ...registryFlags(freshTopics())]);
  expect(output.trimEnd().split('\n')).toHaveLength(3);
});

test.each(['register', 'check'])('%s: no broker has to be configured: none is asked', async (command) => {
  const topics = freshTopics();
  await register(topics);
  const names = ['--kafka-topics-jobs', topics.jobs, '--kafka-topics-images', topics.images];
  const flags = [...names, '--kafka-topics-dead-letters', topics.deadLetters, '--registry-url', registryUrl];
  expect(await nbwssBridge(['schemas', command, ...flags])).toMatchObject({ exitCode: 0, stderr: '' });
});
