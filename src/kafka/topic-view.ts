import type { TopicPartition } from '../produce/append.ts';
import type { Cluster, Description } from './cluster.ts';
import type { Address } from '../address.ts';

/** Where the batches of a partition go: to its leader, or nowhere now. */
export type Leader =
  | { readonly is: 'known'; readonly node: number; readonly address: Address }
  /** The partition is there, and none of its replicas leads it. */
  | { readonly is: 'none' }
  /** The topic has no such partition now, or isn't there. */
  | { readonly is: 'absent' };

/** What the brokers told last of our topics. */
export interface TopicView {
  readonly topics: readonly string[];
  /** Null before the first answer. */
  readonly last: Description | null;
  /** Asks again; whoever asks meanwhile gets the same answer. @throws BridgeError `kafka-metadata` */
  refresh(): Promise<Description>;
  leaderOf(place: TopicPartition): Leader;
}

export function createTopicView(cluster: Cluster, topics: readonly string[]): TopicView {
  let last: Description | null = null;
  let pending: Promise<Description> | null = null;

  async function ask(): Promise<Description> {
    try {
      last = await cluster.describe(topics);
      return last;
    } finally {
      pending = null;
    }
  }

  return {
    topics,
    get last() {
      return last;
    },
    refresh() {
      pending ??= ask();
      return pending;
    },
    leaderOf({ topic, partition }) {
      const node = last?.topics.get(topic)?.partitions.get(partition)?.leader;
      if (node === undefined) return { is: 'absent' };
      const address = last?.brokers.get(node);
      return address === undefined ? { is: 'none' } : { is: 'known', node, address };
    },
  };
}
