import { expect, onTestFinished, test, vi } from 'vitest';
import type { RegisteredSchema } from '../../../src/encode/encoder.ts';
import { createRegistry } from '../../../src/encode/registry.ts';
import { createSchemas, type SchemaEvents, type Schemas } from '../../../src/encode/schemas.ts';
import { type Answered, answerAs } from '../../helpers/answering-registry.ts';
import { jobsText, requestOf } from '../../helpers/messages.ts';
import { recordsOf, schemas as ours, topics, valueOf } from '../../helpers/schemas.ts';

const interval = 1_000_000;

/** Says the latest version of each of our subjects, with numbers and texts that the test may change. */
async function given(options: { hold?: () => Promise<void> } = {}) {
  const latest = { jobs: 1, images: 1, deadLetters: 1 };
  const texts = { jobs: ours.jobs.schema, images: ours.images.schema, deadLetters: ours.deadLetters.schema };
  const server = await answerAs(async ({ path }): Promise<Answered> => {
    const [name, { subject }] = Object.entries(ours).find(([, each]) =>
      path.includes(`/${each.subject}/`),
    ) as [keyof typeof latest, RegisteredSchema];
    const [version, schema] = [latest[name], texts[name]];
    await options.hold?.();
    return { status: 200, body: { subject, id: 100 + version, version, schema } };
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const told: string[] = [];
  const events: SchemaEvents = {
    schemaInUse: ({ subject, version }) => told.push(`${subject} ${version}`),
    schemaRefused: ({ subject }) => told.push(`${subject} refused`),
    schemaLookUpFailed: (subject) => told.push(`${subject} failed`),
  };
  return { server, latest, texts, told, start: () => startAt(server.url, events) };
}

const nobody: SchemaEvents = { schemaInUse() {}, schemaRefused() {}, schemaLookUpFailed() {} };

/** The schemas of the registry at this address. */
async function startAt(url: string, events = nobody): Promise<Schemas> {
  const choiceOf = (name: keyof typeof ours) => ({
    subject: ours[name].subject,
    choice: { mode: 'registered' } as const,
  });
  const schemas = await createSchemas({
    registry: createRegistry({ url, requestTimeoutMs: 10_000 }),
    choices: {
      jobs: choiceOf('jobs'),
      images: choiceOf('images'),
      deadLetters: choiceOf('deadLetters'),
    },
    topics,
    cloudEvents: false,
    refreshIntervalMs: interval,
    events,
  });
  onTestFinished(() => schemas[Symbol.dispose]());
  return schemas;
}

test('replicas do not ask together: each waits the interval give or take a tenth, another time each', async () => {
  const timeouts = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => timeouts.mockRestore());
  const { start } = await given();
  for (let replica = 0; replica < 20; replica++) await start();
  const waits = timeouts.mock.calls.map(([, ms]) => ms ?? 0).filter((ms) => ms > interval / 2);
  expect(waits).toHaveLength(20);
  for (const ms of waits) expect(Math.abs(ms - interval)).toBeLessThanOrEqual(interval / 10);
  expect(new Set(waits).size).toBeGreaterThan(15);
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(interval / 20);
});

test('a look while one is under way sees what was registered meanwhile', async () => {
  let held: PromiseWithResolvers<void> | undefined;
  const { latest, told, server, start } = await given({ hold: async () => await held?.promise });
  const schemas = await start();
  told.length = 0;
  held = Promise.withResolvers();
  const first = schemas.refresh();
  await vi.waitFor(() => expect(server.asked).toHaveLength(6));
  // The registry has answered for itself what the first look will get.
  latest.jobs = 2;
  const more = [schemas.refresh(), schemas.refresh(), schemas.refresh()];
  expect(new Set(more).size).toBe(1);
  held.resolve();
  await first;
  expect(told).toEqual([]);
  await Promise.all(more);
  expect(told).toEqual([`${ours.jobs.subject} 2`]);
  expect(server.asked).toHaveLength(9);
  await schemas.refresh();
  expect(server.asked).toHaveLength(12);
});

/** The text of the jobs' schema with a field before the others. */
function jobsBehind(field: object): string {
  const parsed = JSON.parse(ours.jobs.schema) as { fields: object[] };
  return JSON.stringify({ ...parsed, fields: [field, ...parsed.fields] });
}

test('a registry that was made anew is followed, though it counts as the one before', async () => {
  const { texts, told, start } = await given();
  const schemas = await start();
  told.length = 0;
  texts.jobs = jobsBehind({ name: 'site', type: ['null', 'string'], default: null });
  await schemas.refresh();
  await schemas.refresh();
  expect(told).toEqual([`${ours.jobs.subject} 1`]);
  const sent = requestOf(jobsText('{"clientName":"a","jobId":1,"site":"berlin"}'));
  const [record] = recordsOf(sent, schemas.encoder());
  const jobs = { ...ours.jobs, id: 101, schema: texts.jobs };
  expect(valueOf(record, { jobs })).toMatchObject({ site: 'berlin', clientName: 'a', extra: {} });
});

test('what a registry that was made anew has, and can not be written with, is refused once', async () => {
  const { texts, told, start } = await given();
  const schemas = await start();
  const encoder = schemas.encoder();
  told.length = 0;
  const refusals = [`${ours.jobs.subject} refused`];
  for (const name of ['photo', 'sound']) {
    texts.jobs = jobsBehind({ name, type: 'bytes', default: '' });
    await schemas.refresh();
    await schemas.refresh();
    expect(told).toEqual(refusals);
    refusals.push(`${ours.jobs.subject} refused`);
  }
  expect(schemas.encoder()).toBe(encoder);
  texts.jobs = ours.jobs.schema;
  await schemas.refresh();
  expect(told).toHaveLength(2);
});

test('after its end nothing is looked up any more', async () => {
  const timeouts = vi.spyOn(globalThis, 'setTimeout');
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  onTestFinished(() => void vi.restoreAllMocks());
  const { start } = await given();
  const schemas = await start();
  const at = timeouts.mock.calls.findIndex(([, ms]) => (ms ?? 0) > interval / 2);
  schemas[Symbol.dispose]();
  expect(cleared).toHaveBeenCalledWith(timeouts.mock.results[at]?.value);
});

test('subjects that are missing are told of together, and in one order whichever is answered first', async () => {
  const missing: Answered = { status: 404, body: { error_code: 40401, message: 'Subject not found.' } };
  const reasons: string[] = [];
  const subjects = [ours.jobs.subject, ours.images.subject, ours.deadLetters.subject];
  for (const last of subjects) {
    const others = Promise.withResolvers<void>();
    let answered = 0;
    const server = await answerAs(async ({ path }) => {
      if (path.includes(`/${last}/`)) await others.promise;
      else if (++answered === 2) others.resolve();
      return missing;
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const error: unknown = await startAt(server.url).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'subject-missing', retryable: true, exitCode: 78 });
    reasons.push((error as Error).message.replaceAll(server.url, '<registry>'));
  }
  expect(new Set(reasons).size).toBe(1);
  expect(reasons[0]?.match(/(?<=has no subject )[\w.-]+-value/g)).toEqual(subjects);
});

test('a registry that is away is told of once, not for each subject', async () => {
  const server = await answerAs(() => ({ status: 503, body: '' }));
  onTestFinished(() => server[Symbol.asyncDispose]());
  const { message } = (await startAt(server.url).catch((reason: unknown) => reason)) as Error;
  expect(message.match(/the schema registry answers/g)).toHaveLength(1);
  expect(message).toContain(ours.jobs.subject);
});

test('a start whose latest version can not be written with goes on with the one before, tells of both once, and follows the next', async () => {
  const versions: string[] = [ours.jobs.schema, jobsBehind({ name: 'photo', type: 'bytes', default: '' })];
  const server = await answerAs(({ path }): Answered => {
    const [name, { subject }] = Object.entries(ours).find(([, each]) =>
      path.includes(`/${each.subject}/`),
    ) as [keyof typeof ours, RegisteredSchema];
    const texts = name === 'jobs' ? versions : [ours[name].schema];
    const [, wanted = ''] = /\/versions(?:\/(.+))?$/.exec(path) ?? [];
    if (wanted === '') return { status: 200, body: texts.map((_, at) => at + 1) };
    const version = wanted === 'latest' ? texts.length : Number(wanted);
    return { status: 200, body: { subject, id: 100 + version, version, schema: texts[version - 1] } };
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const told: string[] = [];
  const schemas = await startAt(server.url, {
    schemaInUse: ({ subject, version }) => told.push(`${subject} ${version}`),
    schemaRefused: ({ subject, version }) => told.push(`${subject} ${version} refused`),
    schemaLookUpFailed: (subject) => told.push(`${subject} failed`),
  });
  const { subject } = ours.jobs;
  expect(told.filter((line) => line.startsWith(subject))).toEqual([`${subject} 1`, `${subject} 2 refused`]);
  told.length = 0;
  await schemas.refresh();
  expect(told).toEqual([]);
  versions.push(jobsBehind({ name: 'site', type: ['null', 'string'], default: 'north' }));
  await schemas.refresh();
  expect(told).toEqual([`${subject} 3`]);
});
