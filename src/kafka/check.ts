import type { Admin, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { BridgeError } from '../errors.ts';
import { failureOf, type Verdict } from '../verdict.ts';
import { connectAdmin, createClient, type KafkaClientOptions } from './client.ts';
import { kafkaError } from './refusal.ts';
import { checkTopics, type CheckedTopic, type TopicCheckOptions } from './topic-check.ts';

export interface KafkaCheckOptions extends KafkaClientOptions, TopicCheckOptions {}

/** Which settings to look at, by the code of an error. */
const settingOf: ReadonlyMap<string, string> = new Map([
  ['kafka-tls', 'kafka.tls'],
  ['kafka-authentication', 'kafka.sasl'],
  ['token-endpoint', 'kafka.sasl.oauth'],
]);

/**
 * Whether the bridge could work with this cluster as this user: every broker of the list and of the cluster, the authentication, each topic, and the
 * right to write to it, which is found out without writing. Never rejects; each wait is bounded by the options.
 */
export async function checkKafka(options: KafkaCheckOptions, log: Logger): Promise<Verdict[]> {
  const reached = await Promise.all(options.brokers.map((broker) => checkBroker(broker, options, log)));
  const isUp = reached.some(({ state }) => state === 'ok');
  if (!isUp) return reached;
  const verdicts = reached.map(({ what, state, text }): Verdict =>
    state === 'failed' ? { what, state: 'warning', text } : { what, state, text },
  );
  try {
    await using client = await connectAdmin(options, log);
    verdicts.push(...(await checkAdvertised(client.admin, options, log)));
    const checked = await checkTopics(client.admin, options);
    verdicts.push(...checked.flatMap(verdictsOn));
    const found = checked.filter(({ line }) => line !== null).map(({ topic }) => topic);
    verdicts.push(...(await checkWriting(found, options, log)));
  } catch (error) {
    verdicts.push(failed('kafka.brokers', error));
  }
  return verdicts;
}

/** Where the cluster itself sends its clients: a record goes to the leader of its partition, whatever address was asked first. */
async function checkAdvertised(admin: Admin, options: KafkaCheckOptions, log: Logger): Promise<Verdict[]> {
  const { brokers } = await admin.describeCluster();
  const others = brokers
    .map(({ nodeId, host, port }) => ({ nodeId, address: `${host}:${port}` }))
    .filter(({ address }) => !options.brokers.includes(address));
  const checked = await Promise.all(
    others.map(async ({ nodeId, address }) => ({ nodeId, found: await checkBroker(address, options, log) })),
  );
  return checked.map(({ nodeId, found }) =>
    found.state === 'ok'
      ? found
      : {
          ...found,
          text: `${found.text}; it is the address that broker ${nodeId} gives its clients (advertised.listeners)`,
        },
  );
}

function verdictsOn({ line, findings }: CheckedTopic): Verdict[] {
  const isFit = !findings.some(({ state }) => state === 'failed');
  return [
    ...(line !== null && isFit ? [ok('kafka.topics', line)] : []),
    ...findings.map((finding) => ({ what: 'kafka.topics', ...finding })),
  ];
}

async function checkBroker(broker: string, options: KafkaCheckOptions, log: Logger): Promise<Verdict> {
  const { tls, sasl } = options;
  try {
    await using client = await connectAdmin({ ...options, brokers: [broker] }, log);
    const { brokers } = await client.admin.describeCluster().catch((error: unknown) => {
      // The address took us in; the client then goes on with those that the cluster gives.
      const what = `${broker} answers, but the addresses that its cluster gives to clients (advertised.listeners) do not`;
      throw kafkaError(what, error, 'kafka-unreachable');
    });
    const how = [
      tls?.enabled === true ? 'TLS' : 'no TLS',
      sasl === undefined || sasl.mechanism === 'none' ? 'no SASL' : `authenticated by ${sasl.mechanism}`,
    ];
    return ok(
      'kafka.brokers',
      `${broker} answers (${how.join(', ')}); its cluster has ${brokers.length} broker(s)`,
    );
  } catch (error) {
    return failed('kafka.brokers', error);
  }
}

/**
 * A broker looks at the right to write before anything else of a Produce request, and refuses one that asks for an impossible
 * number of acknowledgements (INVALID_REQUIRED_ACKS) before it writes. So a request that asks for two tells whether the user may
 * write, and leaves nothing behind.
 */
const impossibleAcks = 2;

async function checkWriting(
  topics: readonly string[],
  options: KafkaCheckOptions,
  log: Logger,
): Promise<Verdict[]> {
  const { kafka, sockets } = createClient(options, log);
  try {
    const verdicts: Verdict[] = [];
    for (const topic of topics) verdicts.push(await mayWrite(kafka, topic));
    verdicts.push(await mayNumber(kafka));
    return verdicts;
  } finally {
    sockets.destroy('the check is over');
  }
}

async function mayWrite(kafka: Kafka, topic: string): Promise<Verdict> {
  const producer = kafka.producer({ allowAutoTopicCreation: false, createPartitioner: () => () => 0 });
  try {
    await producer.connect();
    const value = Buffer.from('nbwss-bridge check-config: this record is never written');
    await producer.send({ topic, acks: impossibleAcks, messages: [{ key: null, value, partition: 0 }] });
    const text = `${topic}: the cluster took a record that Kafka would have refused, so nothing can be said of the right to write`;
    return { what: 'kafka.topics', state: 'warning', text };
  } catch (error) {
    if (typeOf(error) === 'INVALID_REQUIRED_ACKS') return ok('kafka.topics', `${topic}: may be written`);
    return failed('kafka.topics', error, topic);
  } finally {
    await producer.disconnect();
  }
}

/** The right to a producer id, without which nothing is protected from copies. */
async function mayNumber(kafka: Kafka): Promise<Verdict> {
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false, retry: { retries: 1 } });
  try {
    await producer.connect();
    return ok('kafka.topics', 'a producer id was given: batches that are sent again leave no copies');
  } catch (error) {
    return failed('kafka.topics', error, 'a producer id');
  } finally {
    await producer.disconnect();
  }
}

function ok(what: string, text: string): Verdict {
  return { what, state: 'ok', text };
}

/** @param subject what couldn't be done, where the error doesn't say it */
function failed(what: string, error: unknown, subject = 'the check'): Verdict {
  const told = error instanceof BridgeError ? error : kafkaError(subject, error, 'kafka');
  return { what: settingOf.get(told.code) ?? what, ...failureOf(told) };
}

function typeOf(error: unknown): unknown {
  for (let e: unknown = error; e instanceof Error; e = e.cause) if ('type' in e) return e.type;
  return undefined;
}
