/** What tests ask and tell the broker themselves. */
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { inject, vi } from 'vitest';

export interface KafkaAdmin extends AsyncDisposable {
  /** How many records the topic holds: the sum of its high watermarks. */
  count(topic: string): Promise<number>;
  /** Sets a setting of the topic, and keeps its other ones. */
  configure(topic: string, name: string, value: string): Promise<void>;
  /** Deletes the topic, and creates one of the same name with one partition and the brokers' own replication. */
  makeAnew(topic: string): Promise<void>;
}

export async function connectKafkaAdmin(
  bootstrapServers: readonly string[] = inject('bootstrapServers'),
): Promise<KafkaAdmin> {
  const kafka = new Kafka({ brokers: [...bootstrapServers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  return {
    async count(topic) {
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.reduce((sum, { high }) => sum + Number(high), 0);
    },
    async configure(topic, name, value) {
      const [found] = (
        await admin.describeConfigs({
          resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
          includeSynonyms: false,
        })
      ).resources;
      const own = (found?.configEntries ?? []).filter(
        ({ isDefault, configName }) => !isDefault && configName !== name,
      );
      const configEntries = [
        ...own.map((entry) => ({ name: entry.configName, value: entry.configValue })),
        { name, value },
      ];
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
      });
    },
    async makeAnew(topic) {
      await admin.deleteTopics({ topics: [topic] });
      const topics = [{ topic, numPartitions: 1 }];
      // The broker takes its time to forget the old one.
      await vi.waitFor(() => admin.createTopics({ topics }), { timeout: 20_000, interval: 200 });
    },
    [Symbol.asyncDispose]: () => admin.disconnect(),
  };
}
