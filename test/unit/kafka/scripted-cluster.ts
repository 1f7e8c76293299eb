/** Brokers whose every answer to a Produce request the test decides. */
import { vi } from 'vitest';
import type { Cluster, Description } from '../../../src/kafka/cluster.ts';
import type { Address } from '../../../src/address.ts';
import type { Link } from '../../../src/kafka/link.ts';
import type { ProduceAnswer } from '../../../src/kafka/produce-request.ts';
import type { Leader } from '../../../src/kafka/topic-view.ts';
import type { TopicPartition } from '../../../src/produce/append.ts';

/** A batch as it goes over the wire; values of records stand between < and >. */
export interface SentBatch extends TopicPartition {
  readonly bytes: Buffer;
  readonly texts: readonly string[];
  readonly producerId: number;
  readonly sequence: number;
}

export interface SentRequest {
  /** The broker's port, and which of the connections to it, in the order in which they were made. */
  readonly broker: number;
  readonly connection: number;
  readonly batches: readonly SentBatch[];
  /** Confirms all its batches but those that are named with an error's number, or left out with null. */
  answer(others?: Readonly<Record<string, number | null>>, throttleMs?: number): void;
  fail(error: Error): void;
}

export const placeOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`;

/** @param leaderOf which broker leads a partition, by its port */
export function scriptedCluster(leaderOf: (to: TopicPartition) => number = () => 1) {
  const requests: SentRequest[] = [];
  const ids: number[] = [];
  const leaders = new Map<string, Leader>();
  let connections = 0;
  let refreshes = 0;
  let idFailure: Error | null = null;

  function linkTo({ port }: Address): Link {
    const connection = connections++;
    return {
      open: () => Promise.resolve(),
      destroy() {},
      ask<T>(ask: Parameters<Link['ask']>[0]): Promise<T> {
        const { promise, resolve, reject } = Promise.withResolvers<ProduceAnswer>();
        if (ask.by !== 'us') throw new Error('nothing but Produce is asked');
        const batches = readBatches(ask.encode(0));
        requests.push({
          broker: port,
          connection,
          batches,
          answer(others = {}, throttleMs = 0) {
            const named = batches.filter((batch) => others[placeOf(batch)] !== null);
            const partitions = named.map((batch) => {
              const errorCode = others[placeOf(batch)] ?? 0;
              const { topic, partition } = batch;
              return { topic, partition, errorCode, baseOffset: errorCode === 0 ? 7n : -1n, reason: null };
            });
            resolve({ partitions, throttleMs });
          },
          fail: reject,
        });
        return promise as Promise<T>;
      },
    };
  }

  const description: Description = {
    brokers: new Map([1, 2, 3].map((node) => [node, { host: 'b', port: node }])),
    controller: 1,
    topics: new Map(),
  };
  return {
    requests,
    /** The producer ids that were given, in order: 100, 101, ... */
    ids,
    leaders,
    refreshes: () => refreshes,
    refuseIds(error: Error | null) {
      idFailure = error;
    },
    cluster: {
      linkTo,
      newProducerId() {
        if (idFailure !== null) return Promise.reject(idFailure);
        ids.push(100 + ids.length);
        return Promise.resolve({ id: BigInt(ids.at(-1) ?? 0), epoch: 0 });
      },
    } satisfies Pick<Cluster, 'linkTo' | 'newProducerId'>,
    view: {
      refresh() {
        refreshes++;
        return Promise.resolve(description);
      },
      leaderOf(to: TopicPartition): Leader {
        const node = leaderOf(to);
        return leaders.get(placeOf(to)) ?? { is: 'known', node, address: { host: 'b', port: node } };
      },
    },
    request: (index: number) =>
      vi.waitFor(
        () => requests[index] ?? Promise.reject(new Error(`no request ${index} of ${requests.length}`)),
        {
          interval: 1,
        },
      ),
  };
}

/** A Produce request's body of version 3 to 8, whose batches aren't compressed. */
export function readBatches(body: Buffer): SentBatch[] {
  const batches: SentBatch[] = [];
  let at = 12;
  for (let topics = body.readInt32BE(8); topics > 0; topics--) {
    const length = body.readInt16BE(at);
    const topic = body.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    const partitions = body.readInt32BE(at);
    at += 4;
    for (let each = 0; each < partitions; each++) {
      const partition = body.readInt32BE(at);
      const size = body.readInt32BE(at + 4);
      const bytes = body.subarray(at + 8, at + 8 + size);
      at += 8 + size;
      batches.push({
        topic,
        partition,
        bytes,
        texts: (bytes.toString('latin1').match(/<[a-z0-9]+>/g) ?? []).map((text) => text.slice(1, -1)),
        producerId: Number(bytes.readBigInt64BE(43)),
        sequence: bytes.readInt32BE(53),
      });
    }
  }
  return batches;
}
