import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';

/** The bridge's defaults. */
export const bridgeTopics = { jobs: 'netbackup.jobs', images: 'netbackup.images' } as const;
export const rawTopics = { jobs: 'raw.jobs', images: 'raw.images' } as const;

export interface Topics extends AsyncDisposable {
  /** Deletes the topics, if there are any, and makes empty ones: while nobody uses them. */
  makeAnew(): Promise<void>;
}

const allTopics: readonly string[] = [
  bridgeTopics,
  rawTopics,
  { deadLetters: 'netbackup.dead-letters' },
].flatMap((names) => Object.values(names));
const partitions = 6;
/** The broker takes its time to forget the old ones, and to know the new ones. */
const boundMs = 20_000;
const pollMs = 50;

export async function connectTopics(bootstrapServers: readonly string[]): Promise<Topics> {
  const kafka = new kafkajs.Kafka({
    brokers: [...bootstrapServers],
    clientId: 'bench',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const topics = allTopics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 }));
  let exist = false;
  return {
    async makeAnew() {
      if (exist) await admin.deleteTopics({ topics: [...allTopics] });
      await untilDone(() => admin.createTopics({ topics, waitForLeaders: false }));
      await untilDone(() => Promise.all(allTopics.map((topic) => admin.fetchTopicOffsets(topic))));
      exist = true;
    },
    [Symbol.asyncDispose]: () => admin.disconnect(),
  };
}

async function untilDone(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + boundMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(pollMs);
    }
  }
}
