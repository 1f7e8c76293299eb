import type { Admin, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { BridgeError, reasonOf } from '../errors.ts';
import type { Verdict } from '../verdict.ts';
import { connectAdmin, createClient, type KafkaClientOptions } from './client.ts';
import { refusalOf } from './refusal.ts';
import { describeTopics, problemsOf, readPartitions } from './topics.ts';

export interface KafkaCheckOptions extends KafkaClientOptions {
  readonly topics: readonly string[];
  /** Makes up for a denied DESCRIBE_CONFIGS. */
  readonly maxMessageBytes?: number | undefined;
}

/** Which settings to look at, by the code of an error. */
const settingOf: ReadonlyMap<string, string> = new Map([
  ['kafka-tls', 'kafka.tls'],
  ['kafka-authentication', 'kafka.sasl'],
  ['token-endpoint', 'kafka.sasl.oauth'],
]);

/**
 * Whether the bridge could work with this cluster as this user: every broker of the list, the authentication, each topic, and the
 * right to write to it, which is found out without writing. Never rejects; each wait is bounded by the options.
 */
export async function checkKafka(options: KafkaCheckOptions, log: Logger): Promise<Verdict[]> {
  const reached = await Promise.all(options.brokers.map((broker) => checkBroker(broker, options, log)));
  const isUp = reached.some(({ state }) => state === 'ok');
  const verdicts = reached.map((verdict) =>
    isUp && verdict.state === 'failed' ? { ...verdict, state: 'warning' as const } : verdict,
  );
  if (!isUp) return verdicts;
  try {
    await using client = await connectAdmin(options, log);
    for (const topic of options.topics) verdicts.push(...(await checkTopic(client.admin, topic, options)));
    verdicts.push(...(await checkWriting(options, log)));
  } catch (error) {
    verdicts.push(failed('kafka.brokers', error));
  }
  return verdicts;
}

async function checkBroker(broker: string, options: KafkaCheckOptions, log: Logger): Promise<Verdict> {
  const { tls, sasl } = options;
  try {
    await using client = await connectAdmin({ ...options, brokers: [broker] }, log);
    const { brokers } = await client.admin.describeCluster();
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

async function checkTopic(admin: Admin, topic: string, options: KafkaCheckOptions): Promise<Verdict[]> {
  try {
    const [count] = await readPartitions(admin, [topic]);
    const shape = `${topic}: ${count?.partitions} partitions, replication ${count?.replication}`;
    const problems = await describeTopics(admin, [topic]).then(
      (described) => described.flatMap(problemsOf),
      (error: unknown) => {
        if (options.maxMessageBytes === undefined) throw error;
        return [];
      },
    );
    return problems.length === 0
      ? [ok('kafka.topics', shape)]
      : problems.map((text) => ({ what: 'kafka.topics', state: 'failed', text }));
  } catch (error) {
    return [failed('kafka.topics', error)];
  }
}

/**
 * A broker looks at the right to write before anything else of a Produce request, and refuses one that asks for an impossible
 * number of acknowledgements (INVALID_REQUIRED_ACKS) before it writes. So a request that asks for two tells whether the user may
 * write, and leaves nothing behind.
 */
const impossibleAcks = 2;

async function checkWriting(options: KafkaCheckOptions, log: Logger): Promise<Verdict[]> {
  const { kafka, sockets } = createClient(options, log);
  try {
    const verdicts: Verdict[] = [];
    for (const topic of options.topics) verdicts.push(await mayWrite(kafka, topic));
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
    return failed('kafka.topics', error, `${topic}: `);
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
    return failed('kafka.topics', error);
  } finally {
    await producer.disconnect();
  }
}

function ok(what: string, text: string): Verdict {
  return { what, state: 'ok', text };
}

function failed(what: string, error: unknown, prefix = ''): Verdict {
  const refusal = refusalOf(error);
  const text = error instanceof BridgeError ? error.message : (refusal?.text ?? reasonOf(error));
  return { what: settingOf.get(refusal?.code ?? '') ?? what, state: 'failed', text: prefix + text };
}

function typeOf(error: unknown): unknown {
  for (let e: unknown = error; e instanceof Error; e = e.cause) if ('type' in e) return e.type;
  return undefined;
}
