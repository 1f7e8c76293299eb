import type { Append } from './append.ts';
import type { Item } from './call.ts';
import { createLane, type Lane, type LaneEvents } from './lane.ts';
import { partitionFor } from './partition.ts';

/** What the cluster says of a topic. */
export interface TopicShape {
  readonly partitions: number;
  /** What a batch of the topic may take, in bytes: its `max.message.bytes`, or what fits into a request. */
  readonly maxMessageBytes: number;
}

export interface TopicLanesOptions {
  readonly append: Append;
  /** The newest known shape of a topic. */
  readonly shapeOf: (topic: string) => TopicShape;
  readonly retryWaitCapMs: number;
  readonly events: LaneEvents;
}

/** A batch's own header (Kafka's record batch format v2: 61 bytes). */
export const batchOverheadBytes = 61;

/** The lanes of one topic, and what becomes of them when its partitions change. */
export interface TopicLanes {
  /** Synchronous: the record's place in the order of its key is taken when this returns. */
  add(item: Item): void;
}

/**
 * A new number of partitions is taken over only while no record of the topic is on its way: with it a key moves to another
 * partition, and what was sent before has to be there first. Partitions that vanish (the topic was created anew) hand back what they
 * did not confirm; from then on whatever comes waits behind that, until the other lanes are empty and all of it is placed anew.
 */
export function createTopicLanes(topic: string, options: TopicLanesOptions, stop: AbortSignal): TopicLanes {
  const { append, shapeOf, retryWaitCapMs, events } = options;
  let { partitions } = shapeOf(topic);
  let lanes = new Map<number, Lane>();
  /** Null unless records are to be placed anew. */
  let displaced: Item[] | null = null;
  let behind: Item[] = [];
  const maxBytes = () => shapeOf(topic).maxMessageBytes - batchOverheadBytes;
  const limits = { maxBytes, retryWaitCapMs };
  stop.addEventListener('abort', () => {
    [...(displaced ?? []), ...behind].forEach(({ call }) => call.failed(stop.reason as Error));
    displaced = null;
    behind = [];
  });

  function add(item: Item): void {
    if (displaced !== null) return void behind.push(item);
    adopt();
    laneFor(item).add(item);
  }

  function adopt(): void {
    const newest = shapeOf(topic).partitions;
    if (newest === partitions || !isIdle()) return;
    partitions = newest;
    lanes = new Map();
  }

  function isIdle(): boolean {
    return lanes.values().every((lane) => lane.idle);
  }

  function laneFor({ record }: Item): Lane {
    const partition = partitionFor(record.key, partitions);
    let lane = lanes.get(partition);
    if (lane === undefined) {
      lane = createLane({ topic, partition }, append, limits, events, stop, {
        isGone: (gone) => gone >= shapeOf(topic).partitions,
        displaced: (items) => (displaced = [...(displaced ?? []), ...items]),
        idle: placeAnew,
      });
      lanes.set(partition, lane);
    }
    return lane;
  }

  function placeAnew(): void {
    if (displaced === null || !isIdle()) return;
    const items = [...displaced, ...behind];
    displaced = null;
    behind = [];
    items.forEach(add);
  }

  return { add };
}
