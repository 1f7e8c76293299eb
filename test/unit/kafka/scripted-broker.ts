import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Address } from '../../../src/address.ts';
import { countFrames, wholeFrames } from '../../../src/kafka/whole-frames.ts';
import { array, int16, int32, int64, readerOf, text } from './wire.ts';

export const apiKeys = {
  produce: 0,
  metadata: 3,
  saslHandshake: 17,
  apiVersions: 18,
  createTopics: 19,
  initProducerId: 22,
  describeConfigs: 32,
  saslAuthenticate: 36,
} as const;

/** One request as it arrived. */
export interface Asked {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly clientId: string | null;
  readonly body: Buffer;
  /** Answers it later, where it wasn't answered. */
  answer(body: Buffer): void;
}

/** The body of an answer; null where there is none. */
export type Answering = (asked: Asked) => Buffer | null;

/** A broker that is nothing but what the test says of it, on a port of its own. */
export interface ScriptedBroker extends AsyncDisposable {
  readonly address: Address;
  /** "127.0.0.1:1234" */
  readonly bootstrap: string;
  /** Every request so far but those for versions. */
  readonly asked: readonly Asked[];
  /** Connections so far. */
  readonly connections: readonly Socket[];
}

/** @param versions its answer to the first question of a connection */
export async function scriptedBroker(
  answer: Answering,
  versions: () => Buffer | null = () => versionsAnswer(),
): Promise<ScriptedBroker> {
  const asked: Asked[] = [];
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    const take = (frame: Buffer) => {
      const reader = readerOf(frame.subarray(4));
      const [apiKey, apiVersion, correlationId] = [reader.int16(), reader.int16(), reader.int32()];
      const write = (body: Buffer) =>
        void socket.write(Buffer.concat([int32(4 + body.length), int32(correlationId), body]));
      const request = { apiKey, apiVersion, clientId: reader.text(), body: reader.rest(), answer: write };
      if (apiKey !== apiKeys.apiVersions) asked.push(request);
      const body = apiKey === apiKeys.apiVersions ? versions() : answer(request);
      if (body !== null) write(body);
    };
    socket.on(
      'data',
      wholeFrames((frames) => eachFrame(frames, take)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: '127.0.0.1', port },
    bootstrap: `127.0.0.1:${port}`,
    asked,
    connections,
    async [Symbol.asyncDispose]() {
      connections.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

function eachFrame(frames: Buffer, take: (frame: Buffer) => void): void {
  let rest = frames;
  for (let count = countFrames(frames); count > 0; count--) {
    const end = 4 + rest.readInt32BE();
    take(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
}

/** Of a broker of today; version 2. @param produce the highest version of Produce that it knows */
export function versionsAnswer({ throttleMs = 0, produce = 8 } = {}): Buffer {
  const highest = [
    [apiKeys.produce, produce],
    [apiKeys.metadata, 6],
    [apiKeys.saslHandshake, 1],
    [apiKeys.apiVersions, 2],
    [apiKeys.createTopics, 3],
    [apiKeys.initProducerId, 1],
    [apiKeys.describeConfigs, 2],
    [apiKeys.saslAuthenticate, 1],
  ] as const;
  return Buffer.concat([
    int16(0),
    array(highest, ([key, version]) => [int16(key), int16(0), int16(version)]),
    int32(throttleMs),
  ]);
}

export interface ToldPartition {
  readonly partition: number;
  readonly leader: number;
  readonly errorCode?: number;
  readonly replicas?: readonly number[];
  readonly inSync?: readonly number[];
}

export interface ToldTopic {
  readonly topic: string;
  readonly errorCode?: number;
  readonly partitions?: readonly ToldPartition[];
}

export interface ToldCluster {
  readonly throttleMs?: number;
  readonly brokers?: Readonly<Record<number, Address>>;
  readonly controller?: number;
  readonly topics?: readonly ToldTopic[];
}

/** Version 6. */
export function metadataAnswer({
  throttleMs = 0,
  brokers = {},
  controller = 1,
  topics = [],
}: ToldCluster = {}): Buffer {
  const numbers = (values: readonly number[] = []) => array(values, (value) => [int32(value)]);
  return Buffer.concat([
    int32(throttleMs),
    array(Object.entries(brokers), ([node, { host, port }]) => [
      int32(Number(node)),
      text(host),
      int32(port),
      text(null),
    ]),
    text('a cluster'),
    int32(controller),
    array(topics, ({ topic, errorCode = 0, partitions = [] }) => [
      int16(errorCode),
      text(topic),
      Buffer.from([0]),
      array(partitions, (each) => [
        int16(each.errorCode ?? 0),
        int32(each.partition),
        int32(each.leader),
        numbers(each.replicas),
        numbers(each.inSync),
        numbers(),
      ]),
    ]),
  ]);
}

/** Version 1. */
export function producerIdAnswer({ errorCode = 0, id = 7n, epoch = 0 } = {}): Buffer {
  return Buffer.concat([int32(0), int16(errorCode), int64(id), int16(epoch)]);
}

/** Takes whoever comes, for a session of so long; null for other requests. */
export function saslAnswer({ apiKey }: Asked, sessionLifetimeMs = 0): Buffer | null {
  if (apiKey === apiKeys.saslHandshake)
    return Buffer.concat([int16(0), array(['PLAIN'], (name) => [text(name)])]);
  if (apiKey === apiKeys.saslAuthenticate)
    return Buffer.concat([int16(0), text(null), int32(0), int64(BigInt(sessionLifetimeMs))]);
  return null;
}
