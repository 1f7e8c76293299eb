import type { Logger } from 'pino';
import { type Address, addressText } from '../address.ts';
import { BridgeError } from '../errors.ts';
import { failureOf, type Verdict } from '../verdict.ts';
import type { KafkaClientOptions } from './client.ts';
import { type Cluster, connectCluster } from './cluster.ts';
import { errorFrom } from './outcome.ts';
import { produceAll } from './produce-request.ts';
import { encodeBatch } from './record-batch.ts';
import { kafkaError } from './refusal.ts';
import { checkTopics, type CheckedTopic, type TopicCheckOptions } from './topic-check.ts';

export interface KafkaCheckOptions extends KafkaClientOptions, TopicCheckOptions {}

/** Which settings to look at, by the code of an error. */
const settingOf: ReadonlyMap<string, string> = new Map([
  ['kafka-tls', 'kafka.tls'],
  ['kafka-authentication', 'kafka.sasl'],
  ['token-endpoint', 'kafka.sasl.oauth'],
  ['token-refused', 'kafka.sasl.oauth'],
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
    await using cluster = await connectCluster(options, log);
    verdicts.push(...(await checkAdvertised(cluster, options, log)));
    const checked = await checkTopics(cluster, options);
    verdicts.push(...checked.flatMap(verdictsOn));
    const found = checked.filter(({ line }) => line !== null).map(({ topic }) => topic);
    verdicts.push(...(await checkWriting(cluster, found, options)));
  } catch (error) {
    verdicts.push(failed('kafka.brokers', error));
  }
  return verdicts;
}

/** Where the cluster itself sends its clients: a record goes to the leader of its partition, whatever address was asked first. */
async function checkAdvertised(
  cluster: Cluster,
  options: KafkaCheckOptions,
  log: Logger,
): Promise<Verdict[]> {
  const { brokers } = await cluster.describe(options.topics);
  const others = [...brokers]
    .map(([nodeId, address]) => ({ nodeId, address: addressText(address) }))
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
    await using cluster = await connectCluster({ ...options, brokers: [broker] }, log);
    const { brokers } = await cluster.describe(options.topics);
    const how = [
      tls?.enabled === true ? 'TLS' : 'no TLS',
      sasl === undefined || sasl.mechanism === 'none' ? 'no SASL' : `authenticated by ${sasl.mechanism}`,
    ];
    return ok(
      'kafka.brokers',
      `${broker} answers (${how.join(', ')}); its cluster ${brokers.size === 0 ? 'names no brokers' : `has ${brokers.size} broker(s)`}`,
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

const invalidRequiredAcks = 21;

async function checkWriting(
  cluster: Cluster,
  topics: readonly string[],
  options: KafkaCheckOptions,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const topic of topics) verdicts.push(await mayWrite(cluster, topic, options));
  verdicts.push(await mayNumber(cluster));
  return verdicts;
}

/** Whichever broker leads a partition looks at the right first; one without a leader has nobody to ask. */
async function mayWrite(cluster: Cluster, topic: string, options: KafkaCheckOptions): Promise<Verdict> {
  try {
    const { brokers, topics } = await cluster.describe([topic]);
    const led = [...(topics.get(topic)?.partitions.values() ?? [])].flatMap(({ partition, leader }) => {
      const address = brokers.get(leader);
      return address === undefined ? [] : [{ partition, address }];
    });
    const [first] = led;
    if (first === undefined)
      return {
        what: 'kafka.topics',
        state: 'warning',
        text: `${topic}: no partition has a leader that could be asked for the right to write`,
      };
    return await askToWrite(cluster, { topic, ...first }, options);
  } catch (error) {
    return failed('kafka.topics', error, topic);
  }
}

async function askToWrite(
  cluster: Cluster,
  { topic, partition, address }: { topic: string; partition: number; address: Address },
  { requestTimeoutMs }: KafkaCheckOptions,
): Promise<Verdict> {
  const value = Buffer.from('nbwss-bridge check-config: this record is never written');
  const record = { key: Buffer.alloc(0), value, timestamp: Date.now() };
  const unnumbered = { producerId: -1n, producerEpoch: -1, firstSequence: -1 };
  const bytes = await encodeBatch([record], unnumbered, 'none');
  const link = cluster.linkTo(address);
  try {
    const ask = produceAll([{ to: { topic, partition }, bytes }], requestTimeoutMs, impossibleAcks);
    const [answer] = (await link.ask(ask)).partitions;
    if (answer?.errorCode === invalidRequiredAcks) return ok('kafka.topics', `${topic}: may be written`);
    if (answer === undefined) throw new Error("the broker's answer doesn't name it");
    if (answer.errorCode !== 0) return failed('kafka.topics', errorFrom(answer), topic);
    const text = `${topic}: the cluster took a record that Kafka would have refused, so nothing can be said of the right to write`;
    return { what: 'kafka.topics', state: 'warning', text };
  } finally {
    link.destroy('the check is over');
  }
}

/** The right to a producer id, without which nothing is protected from copies. */
async function mayNumber(cluster: Cluster): Promise<Verdict> {
  try {
    await cluster.newProducerId();
    return ok('kafka.topics', 'a producer id was given: batches that are sent again leave no copies');
  } catch (error) {
    return failed('kafka.topics', error, 'a producer id');
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
