import type { Logger } from 'pino';
import { type Address, addressText } from '../address.ts';
import { BridgeError, UnavailableError } from '../errors.ts';
import { failureOf, type Verdict } from '../verdict.ts';
import { errorFrom } from './broker-error.ts';
import type { KafkaClientOptions } from './client.ts';
import { type Cluster, connectCluster, type Description } from './cluster.ts';
import { produceAll } from './produce-request.ts';
import { encodeBatch } from './record-batch.ts';
import { kafkaError } from './refusal.ts';
import { checkTopics, type CheckedTopic, type TopicCheckOptions } from './topic-check.ts';

export interface KafkaCheckOptions extends KafkaClientOptions, TopicCheckOptions {}

/** How long one broker may take to let us in and to answer, in ms: one that hangs among others keeps nobody from the rest. */
const brokerBoundMs = 10_000;

/** Which settings to look at, by the code of an error; null where it says nothing of that. */
function settingOf(code: string, { sasl }: KafkaCheckOptions): string | null {
  if (code === 'kafka-tls') return 'kafka.tls';
  if (code === 'kafka-authentication') return 'kafka.sasl';
  if (code !== 'token-endpoint' && code !== 'token-refused') return null;
  return sasl?.mechanism === 'aws-msk-iam' ? 'kafka.sasl.awsMskIam' : 'kafka.sasl.oauth';
}

/**
 * Whether the bridge could work with this cluster as this user: every broker of the list and of the cluster, the authentication, each topic, and the
 * right to write to it, which is found out without writing. Never rejects; each wait is bounded by the options, and that for a broker by
 * `brokerBoundMs`.
 * @param onVerdict called with each verdict as soon as it is known, in their order
 */
export async function checkKafka(
  options: KafkaCheckOptions,
  log: Logger,
  onVerdict: (verdict: Verdict) => void = () => {},
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const tell = (...more: readonly Verdict[]) => {
    verdicts.push(...more);
    more.forEach(onVerdict);
  };
  const reached = await Promise.all(options.brokers.map((broker) => checkBroker(broker, options, log)));
  const isUp = reached.some(({ state }) => state === 'ok');
  tell(...(isUp ? reached.map(asWarning) : reached));
  if (!isUp) return verdicts;
  try {
    await using cluster = await connectCluster(options, log);
    tell(...(await checkAdvertised(cluster, options, log)));
    const onChecked = (topic: CheckedTopic) => tell(...verdictsOn(topic));
    const checked = await checkTopics(cluster, { ...options, onChecked });
    for (const { line, topic } of checked) if (line !== null) tell(await mayWrite(cluster, topic, options));
    tell(await mayNumber(cluster, options));
  } catch (error) {
    tell(failed(options, 'kafka.brokers', error));
  }
  return verdicts;
}

/** Of a broker that isn't needed as long as another one answers. */
function asWarning({ what, state, text }: Verdict): Verdict {
  return { what, state: state === 'failed' ? 'warning' : state, text };
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
    const { brokers } = await withinBound(broker, describeBy(broker, options, log));
    const how = [
      tls?.enabled === true ? 'TLS' : 'no TLS',
      sasl === undefined || sasl.mechanism === 'none' ? 'no SASL' : `authenticated by ${sasl.mechanism}`,
    ];
    return ok(
      'kafka.brokers',
      `${broker} answers (${how.join(', ')}); its cluster ${brokers.size === 0 ? 'names no brokers' : `has ${brokers.size} broker(s)`}`,
    );
  } catch (error) {
    return failed(options, 'kafka.brokers', error);
  }
}

async function describeBy(broker: string, options: KafkaCheckOptions, log: Logger): Promise<Description> {
  await using cluster = await connectCluster({ ...options, brokers: [broker] }, log);
  return await cluster.describe(options.topics);
}

/** @throws UnavailableError when the time is over; what was asked goes on, within the client's bounds */
async function withinBound<T>(broker: string, answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message =
      `${broker} gave no answer in ${brokerBoundMs / 1000} s: ` +
      'see that a broker listens there, that it does not hang (its log), and that no firewall drops packets';
    late.reject(new UnavailableError(message, 'kafka-unreachable'));
  }, brokerBoundMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A broker looks at the right to write before anything else of a Produce request, and refuses one that asks for an impossible
 * number of acknowledgements (INVALID_REQUIRED_ACKS) before it writes. So a request that asks for two tells whether the user may
 * write, and leaves nothing behind.
 */
const impossibleAcks = 2;

const invalidRequiredAcks = 21;

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
    return failed(options, 'kafka.topics', error, topic);
  }
}

async function askToWrite(
  cluster: Cluster,
  { topic, partition, address }: { topic: string; partition: number; address: Address },
  options: KafkaCheckOptions,
): Promise<Verdict> {
  const value = Buffer.from('nbwss-bridge check-config: this record is never written');
  const record = { key: Buffer.alloc(0), value, timestamp: Date.now() };
  const unnumbered = { producerId: -1n, producerEpoch: -1, firstSequence: -1 };
  const bytes = await encodeBatch([record], unnumbered, 'none');
  const link = cluster.linkTo(address);
  try {
    const ask = produceAll([{ to: { topic, partition }, bytes }], options.requestTimeoutMs, impossibleAcks);
    const [answer] = (await link.ask(ask)).partitions;
    if (answer?.errorCode === invalidRequiredAcks) return ok('kafka.topics', `${topic}: may be written`);
    if (answer === undefined) throw new Error("the broker's answer doesn't name it");
    if (answer.errorCode !== 0) return failed(options, 'kafka.topics', errorFrom(answer), topic);
    const text = `${topic}: the cluster took a record that Kafka would have refused, so nothing can be said of the right to write`;
    return { what: 'kafka.topics', state: 'warning', text };
  } finally {
    link.destroy('the check is over');
  }
}

/** The right to a producer id, without which nothing is protected from copies. */
async function mayNumber(cluster: Cluster, options: KafkaCheckOptions): Promise<Verdict> {
  try {
    await cluster.newProducerId();
    return ok('kafka.topics', 'a producer id was given: batches that are sent again leave no copies');
  } catch (error) {
    return failed(options, 'kafka.topics', error, 'a producer id');
  }
}

function ok(what: string, text: string): Verdict {
  return { what, state: 'ok', text };
}

/** @param subject what couldn't be done, where the error doesn't say it */
function failed(options: KafkaCheckOptions, what: string, error: unknown, subject = 'the check'): Verdict {
  const told = error instanceof BridgeError ? error : kafkaError(subject, error, 'kafka');
  return { what: settingOf(told.code, options) ?? what, ...failureOf(told) };
}
