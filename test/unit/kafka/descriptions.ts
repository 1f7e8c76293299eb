import type { Description } from '../../../src/kafka/cluster.ts';

/** What brokers 1 to 3 tell: of each topic the leaders of its partitions, or null where it isn't there. */
export function descriptionOf(topics: Readonly<Record<string, readonly number[] | null>>): Description {
  return {
    controller: 2,
    brokers: new Map([1, 2, 3].map((node) => [node, { host: `broker${node}`, port: 9092 }])),
    topics: new Map(
      Object.entries(topics).map(([topic, leaders]) => [
        topic,
        {
          topic,
          error: leaders === null ? 'UNKNOWN_TOPIC_OR_PARTITION' : null,
          partitions: new Map(
            (leaders ?? []).map((leader, partition) => [
              partition,
              { partition, leader, replicas: [1, 2, 3], inSync: leader < 0 ? [] : [1, 2] },
            ]),
          ),
        },
      ]),
    ),
  };
}
