/**
 * Answers two questions from the NetBackup topics, as JSON on stdout:
 * which clients had no successful full backup in the last 24 hours, and the jobs' success rate by policy and day.
 *
 * usage: node report.mjs [--brokers HOST:PORT,...] [--registry URL] [--now 2025-10-09T12:00:00Z]
 */
import { randomUUID } from 'node:crypto';
import { parseArgs, promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import avsc from 'avsc';
import kafkajs from 'kafkajs';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;

/** kafkajs reads gzip by itself, but zstd only with the help of Node.js: the bridge may be set to either (`kafka.compression`). */
CompressionCodecs[CompressionTypes.ZSTD] = () => ({ decompress: promisify(zstdDecompress) });

/**
 * The reader's schemas: the fields that this program needs, and no others. Each record is read with the schema that wrote
 * it (the registry has it under the id in the record) and then brought into this form. So new fields don't matter, a
 * field that was removed takes its default, and "long" here also reads the writer's "int".
 * Avro's timestamp-millis is a plain number here: milliseconds since 1970.
 */
const optional = (name, type) => ({ name, type: ['null', type], default: null });
const event = [
  { name: 'primary', type: 'string' },
  { name: 'messageId', type: 'string' },
  { name: 'entryIndex', type: 'long' },
  { name: 'clientName', type: 'string' },
];
const JOB = avsc.Type.forSchema({
  type: 'record',
  name: 'NetBackupJob',
  namespace: 'nbwss.v1',
  fields: [
    ...event,
    { name: 'notifiedAt', type: 'long' },
    { name: 'jobId', type: 'long' },
    optional('jobType', 'string'),
    optional('state', 'string'),
    optional('status', 'long'),
    optional('policyName', 'string'),
    optional('scheduleType', 'string'),
  ],
});
const IMAGE = avsc.Type.forSchema({
  type: 'record',
  name: 'NetBackupImage',
  namespace: 'nbwss.v1',
  fields: event,
});

const { values: options } = parseArgs({
  options: {
    brokers: { type: 'string', default: '127.0.0.1:9092' },
    registry: { type: 'string', default: 'http://127.0.0.1:8081' },
    jobs: { type: 'string', default: 'netbackup.jobs' },
    images: { type: 'string', default: 'netbackup.images' },
    now: { type: 'string', default: new Date().toISOString() },
  },
});

const resolvers = new Map(); // a schema's id -> how its records become the reader's
const events = new Set(); // the names of the events so far
const clients = new Map(); // clientName -> the primaries that have named it
const last = new Map(); // primary, jobId and partition -> the job's last state in that partition
let recordsRead = 0;
let copiesDropped = 0;

await readTopics([options.jobs, options.images], (topic, partition, record) => {
  recordsRead += 1;
  // The deduplication rule: these three name one event; what carries a name that was seen is a copy of it.
  const eventName = JSON.stringify([record.primary, record.messageId, record.entryIndex]);
  if (events.has(eventName)) {
    copiesDropped += 1;
    return;
  }
  events.add(eventName);
  clients.set(record.clientName, (clients.get(record.clientName) ?? new Set()).add(record.primary));
  if (topic === options.jobs)
    last.set(JSON.stringify([record.primary, record.jobId, partition]), { ...record, partition });
});

const now = Date.parse(options.now);
const jobs = latestStates();
const report = {
  now: textOf(now),
  recordsRead,
  copiesDropped,
  clientsWithoutFullBackup: clientsWithoutFullBackup(),
  successRates: successRates(),
};
console.log(JSON.stringify(report, null, 2));

/** Hands on every record of the topics up to the ends that they have now, each partition in its order, decoded. */
async function readTopics(topics, onRecord) {
  const registry = new SchemaRegistry({ host: options.registry });
  // Settings for TLS and SASL go here too.
  const kafka = new Kafka({ brokers: options.brokers.split(','), logLevel: logLevel.ERROR });
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map(); // topic and partition -> the offset after its last record
  for (const topic of topics)
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
      if (low !== high) ends.set(`${topic}/${partition}`, BigInt(high));
  await admin.disconnect();
  if (ends.size === 0) return;

  // kafkajs reads in consumer groups only. One of its own for each run, never committed, begins at the beginning.
  const consumer = kafka.consumer({
    groupId: `netbackup-report-${randomUUID()}`,
    allowAutoTopicCreation: false,
  });
  const done = Promise.withResolvers();
  consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      async eachMessage({ topic, partition, message }) {
        try {
          const type = topic === options.jobs ? JOB : IMAGE;
          onRecord(topic, partition, await decode(registry, type, message.value));
          const place = `${topic}/${partition}`;
          if (ends.has(place) && BigInt(message.offset) + 1n >= ends.get(place)) ends.delete(place);
          if (ends.size === 0) done.resolve();
        } catch (error) {
          done.reject(error); // thrown from here, kafkajs would try the record again and again
        }
      },
    });
    await done.promise;
  } finally {
    await consumer.disconnect();
  }
}

/**
 * One value in Confluent's wire format: a zero byte, four bytes with the schema's id, and then Avro.
 * The library's own `registry.decode(value, { AVRO: { readerSchema } })` gives the same, but works out the way from the
 * writer's schema to the reader's anew for each record, which is some hundred times slower.
 */
async function decode(registry, type, value) {
  if (value[0] !== 0) throw new Error("this value is not in Confluent's wire format");
  const id = value.readInt32BE(1);
  if (!resolvers.has(id)) resolvers.set(id, type.createResolver(await registry.getSchema(id)));
  return type.fromBuffer(value.subarray(5), resolvers.get(id));
}

/**
 * The latest state of each job, by primary and jobId: two primaries count their jobs independently.
 * Order holds within a partition, and a job stays in the partition of its client. It can only be in two when partitions
 * were added or NetBackup changed the client's name while it ran; then the later stamp decides.
 */
function latestStates() {
  const inOrder = [...last.values()].sort((a, b) => a.notifiedAt - b.notifiedAt || a.partition - b.partition);
  return [...new Map(inOrder.map((job) => [JSON.stringify([job.primary, job.jobId]), job])).values()];
}

/** Of every client that jobs or images name, those whose last successful full backup is not within 24 h. */
function clientsWithoutFullBackup() {
  // Status is 0 while a job runs, too, and restores carry a schedule type: all four conditions are needed.
  const fullBackups = jobs.filter(
    ({ jobType, scheduleType, state, status }) =>
      jobType === 'BACKUP' && scheduleType === 'ST_FULL' && state === 'DONE' && status === 0,
  );
  const lastFull = new Map();
  for (const { clientName, notifiedAt } of fullBackups)
    lastFull.set(clientName, Math.max(notifiedAt, lastFull.get(clientName) ?? notifiedAt));
  const since = now - 24 * 60 * 60 * 1000;
  return [...clients.keys()]
    .filter((client) => client !== '' && !(lastFull.get(client) > since))
    .sort()
    .map((client) => ({
      clientName: client,
      primaries: [...clients.get(client)].sort(),
      lastFullBackup: lastFull.has(client) ? textOf(lastFull.get(client)) : null,
    }));
}

/** Jobs that are done, by the UTC day of their end, primary and policy. Partial success (1) is not success. */
function successRates() {
  const groups = new Map();
  for (const { state, status, notifiedAt, primary, policyName } of jobs) {
    if (state !== 'DONE') continue;
    // Not startTime: some releases send it ahead of UTC by the primary's offset, so its day may be wrong.
    const group = { day: textOf(notifiedAt).slice(0, 10), primary, policyName: policyName ?? '' };
    const name = JSON.stringify(Object.values(group));
    if (!groups.has(name)) groups.set(name, { ...group, jobs: 0, successful: 0, partial: 0, failed: 0 });
    const counts = groups.get(name);
    counts.jobs += 1;
    counts[status === 0 ? 'successful' : status === 1 ? 'partial' : 'failed'] += 1;
  }
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return [...groups.values()]
    .map((group) => ({ ...group, successRate: group.successful / group.jobs }))
    .sort(
      (a, b) => compare(a.day, b.day) || compare(a.primary, b.primary) || compare(a.policyName, b.policyName),
    );
}

function textOf(milliseconds) {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
