/** The yardstick: a raw kafkajs producer without any of the bridge's work, on the same broker, with records of the same size. */
import kafkajs, { type Message, type Producer } from 'kafkajs';

/** The most records of one send that kafkajs's grouping still handles well, and the bridge's batch. */
const recordsPerSend = 1000;

export interface Yardstick extends AsyncDisposable {
  /** Idempotent, acks -1, 1,000 records a send, one send under way per partition, no headers. @returns records/s */
  throughput(durationMs: number): Promise<number>;
  /** One record at a time. @returns the median of a send, in ms */
  latency(sends: number): Promise<number>;
}

export interface YardstickOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
}

export async function createYardstick({
  brokers,
  topic,
  partitions,
  keyBytes,
  valueBytes,
}: YardstickOptions): Promise<Yardstick> {
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: 'yardstick',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const producer = kafka.producer({
    idempotent: true,
    createPartitioner: () => (args) => Number(args.message.partition),
  });
  await producer.connect();
  const messageFor = (partition: number, index: number): Message => ({
    key: Buffer.alloc(keyBytes, `${index}`),
    value: Buffer.alloc(valueBytes, 'v'),
    timestamp: String(Date.now()),
    partition,
  });
  const batches = Array.from({ length: partitions }, (_, partition) =>
    Array.from({ length: recordsPerSend }, (__, index) => messageFor(partition, index)),
  );

  return {
    async throughput(durationMs) {
      const begun = performance.now();
      let records = 0;
      const oneLane = async (messages: Message[]) => {
        while (performance.now() - begun < durationMs) {
          await producer.send({ topic, messages, acks: -1 });
          records += messages.length;
        }
      };
      await Promise.all(batches.map(oneLane));
      return (records * 1000) / (performance.now() - begun);
    },
    async latency(sends) {
      const times: number[] = [];
      for (let sent = 0; sent < sends; sent++)
        times.push(await timeOne(producer, topic, messageFor(sent % partitions, sent)));
      return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
    },
    async [Symbol.asyncDispose]() {
      await producer.disconnect();
    },
  };
}

async function timeOne(producer: Producer, topic: string, message: Message): Promise<number> {
  const begun = performance.now();
  await producer.send({ topic, messages: [message], acks: -1 });
  return performance.now() - begun;
}
