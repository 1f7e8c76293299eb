import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Address, addressOf, addressText } from '../address.ts';
import { clientSettings, type KafkaClientOptions } from './client.ts';
import { firstAnswer } from './first-answer.ts';
import { type Ask, clientRequest, connectionTo, errorName, protocolError } from './kafkajs.ts';
import { createLink, type Link } from './link.ts';
import { reasonOf } from '../errors.ts';
import { kafkaError, refusalOf, withoutPrefix } from './refusal.ts';

/** A partition as a broker tells of it. */
export interface PartitionState {
  readonly partition: number;
  /** The leader's node; negative where there is none now. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

/** A topic as a broker tells of it; one that is missing, or that we may not see, has an error and no partitions. */
export interface TopicState {
  readonly topic: string;
  /** The error's name; null where there is none. */
  readonly error: string | null;
  /** By number. */
  readonly partitions: ReadonlyMap<number, PartitionState>;
}

/** What a broker told of the cluster: its brokers, and the topics that it was asked for. */
export interface Description {
  readonly brokers: ReadonlyMap<number, Address>;
  /** The node that creates topics; null where none is named, as during an election. */
  readonly controller: number | null;
  readonly topics: ReadonlyMap<string, TopicState>;
}

/** Who numbers batches (KIP-98). */
export interface ProducerId {
  readonly id: bigint;
  readonly epoch: number;
}

/**
 * A Kafka cluster, asked over connections that carry no records, so that no answer waits behind a batch. Every question names our topics
 * only: what is wrong with anybody else's is no matter of ours. All waits are bounded by the options' times.
 */
export interface Cluster extends AsyncDisposable {
  /** The topics and the brokers. What is wrong with a topic or partition is told, not thrown. @throws BridgeError `kafka-metadata` */
  describe(topics: readonly string[]): Promise<Description>;
  /** Rejects with the client's error. */
  newProducerId(): Promise<ProducerId>;
  /** Asks any broker. Rejects with the client's error. */
  askAny<T>(ask: Ask<T>): Promise<T>;
  /** Asks the node, one that the last description tells of. Rejects with the client's error. */
  askNode<T>(node: number, ask: Ask<T>): Promise<T>;
  /** A connection of its own to this broker; its owner ends it, and the cluster's end does too. */
  linkTo(address: Address): Link;
}

/** For how long a broker may be silent before the next one is asked too, in ms: far below the bound of a request. */
const patienceMs = 1_000;

interface MetadataAnswer {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly controllerId: number;
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly partitionMetadata: readonly {
      readonly partitionErrorCode: number;
      readonly partitionId: number;
      readonly leader: number;
      readonly replicas: readonly number[];
      readonly isr: readonly number[];
    }[];
  }[];
}

interface ProducerIdAnswer {
  readonly errorCode: number;
  readonly producerId: string;
  readonly producerEpoch: number;
}

/** COORDINATOR_LOAD_IN_PROGRESS: a broker that has just started says so for a moment; then it is asked again, in ms. */
const stillLoading = 14;
const loadingLooks = 20;
const loadingWaitMs = 100;

/** BROKER_NOT_AVAILABLE. */
const unknownNode = 8;

/** An id for single batches lives without transactions; the field has to have a value, in ms. */
const transactionTimeoutMs = 60_000;

/** A cluster of which one broker has taken us in. @throws BridgeError `kafka-unreachable`, or a refusal's code */
export async function connectCluster(options: KafkaClientOptions, log: Logger): Promise<Cluster> {
  const { reach, ...cluster } = createCluster(options, log);
  try {
    await reach();
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    const what = `can't connect to Kafka at ${options.brokers.join(', ')}`;
    throw kafkaError(what, error, 'kafka-unreachable', 'check kafka.brokers, and that a broker runs there');
  }
  return cluster;
}

/** @returns with it a function that resolves when one broker has taken us in */
function createCluster(options: KafkaClientOptions, log: Logger): Cluster & { reach(): Promise<void> } {
  const { settings, sockets } = clientSettings(options, log);
  const seeds = options.brokers.map(addressOf);
  const control = new Map<string, Link>();
  const links = new Set<Link>();
  let brokers: ReadonlyMap<number, Address> = new Map();
  /** Who answered last is asked first, but for descriptions: those come from each broker in turn, because one that is cut off tells old ones. */
  let last: Address | null = null;
  let turn = 0;

  function linkTo(address: Address): Link {
    const link = createLink(
      () => connectionTo(settings, address),
      2 * options.requestTimeoutMs + options.connectTimeoutMs,
    );
    links.add(link);
    return {
      open: () => link.open(),
      ask: (ask) => link.ask(ask),
      destroy(reason) {
        links.delete(link);
        link.destroy(reason);
      },
    };
  }

  function controlLinkTo(address: Address): Link {
    const text = addressText(address);
    const link = control.get(text) ?? linkTo(address);
    control.set(text, link);
    return link;
  }

  /** Those that the cluster told of, and those of the settings, which still hold when all of the others have moved. */
  function candidates(): Address[] {
    const all = [...(last === null ? [] : [last]), ...brokers.values(), ...seeds];
    return [...new Map(all.map((address) => [addressText(address), address])).values()];
  }

  function inTurn(): Address[] {
    const all = brokers.size === 0 ? candidates() : [...brokers.values()];
    const first = turn++ % all.length;
    return [
      ...all.slice(first),
      ...all.slice(0, first),
      ...candidates().filter((each) => !all.includes(each)),
    ];
  }

  async function anyOf<T>(use: (link: Link) => Promise<T>, addresses = candidates()): Promise<T> {
    const useOne = async (address: Address) => ({ address, answer: await use(controlLinkTo(address)) });
    try {
      const { address, answer } = await firstAnswer(addresses, useOne, patienceMs);
      last = address;
      return answer;
    } catch (error) {
      throw mostTelling(error);
    }
  }

  const askAny = <T>(ask: Ask<T>) => anyOf((link) => link.ask(ask));

  function adopt(found: MetadataAnswer['brokers']): void {
    brokers = new Map(found.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    const known = new Set(candidates().map(addressText));
    for (const [text, link] of control) {
      if (known.has(text)) continue;
      link.destroy('the broker has left the cluster');
      control.delete(text);
    }
  }

  return {
    reach: () => anyOf((link) => link.open()),
    askAny,
    async askNode(node, ask) {
      const address = brokers.get(node);
      if (address === undefined) throw protocolError(unknownNode);
      return await controlLinkTo(address).ask(ask);
    },
    linkTo,
    async describe(topics) {
      // In Kafka's protocol no topics are all topics.
      if (topics.length === 0) throw new RangeError('a question for no topic');
      const input = { topics: [...topics], allowAutoTopicCreation: false };
      const ask = clientRequest<MetadataAnswer>('Metadata', input);
      const answer = await anyOf((link) => link.ask(ask), inTurn()).catch((error: unknown) => {
        throw kafkaError("can't ask Kafka for its topics", error, 'kafka-metadata');
      });
      if (answer.brokers.length > 0) adopt(answer.brokers);
      const controller = answer.controllerId < 0 ? null : answer.controllerId;
      return { brokers, controller, topics: topicsOf(answer) };
    },
    async newProducerId() {
      const input = { transactionalId: null, transactionTimeout: transactionTimeoutMs };
      for (let look = 1; ; look++) {
        const answer = await askAny(clientRequest<ProducerIdAnswer>('InitProducerId', input));
        if (answer.errorCode === 0) return producerIdOf(answer);
        if (answer.errorCode !== stillLoading || look === loadingLooks) throw protocolError(answer.errorCode);
        await delay(loadingWaitMs);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const link of links) link.destroy('the client was closed');
      sockets.destroy('the client was closed');
    },
  };
}

/** @throws an Error where the broker gives no id, and no error: batches without a number would be written twice */
function producerIdOf({ producerId, producerEpoch }: ProducerIdAnswer): ProducerId {
  const id = BigInt(producerId);
  if (id < 0n) throw new Error(`the broker answers with no producer id (${producerId}), and no error`);
  return { id, epoch: producerEpoch };
}

function topicsOf({ topicMetadata }: MetadataAnswer): Map<string, TopicState> {
  return new Map(
    topicMetadata.map(({ topic, topicErrorCode, partitionMetadata }) => {
      const partitions = partitionMetadata.map(
        ({ partitionId, leader, replicas, isr }): [number, PartitionState] => [
          partitionId,
          { partition: partitionId, leader, replicas, inSync: isr },
        ],
      );
      const error = topicErrorCode === 0 ? null : errorName(topicErrorCode);
      return [topic, { topic, error, partitions: new Map(partitions) }];
    }),
  );
}

/** Of so many brokers the reasons are told. */
const maxReasons = 5;

/** Of several brokers' errors the one that says what has to be fixed, else the first with the reasons of the others. */
function mostTelling(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const errors = error.errors as unknown[];
  const [first] = errors;
  const refusal = errors.find((each) => refusalOf(each) !== null);
  const reasons = [...new Set(errors.map((each) => withoutPrefix(reasonOf(each))))];
  if (refusal !== undefined || reasons.length === 1) return refusal ?? first;
  const more = reasons.length > maxReasons ? ` (and ${reasons.length - maxReasons} more)` : '';
  return new Error(`${reasons.slice(0, maxReasons).join('; ')}${more}`, { cause: first });
}
