/**
 * A way to a real broker whose answers leave out settings of topics, or give them without a value, as services do that speak Kafka's
 * protocol. Written from Redpanda's make_topic_configs, which knows no `min.insync.replicas` and no `unclean.leader.election.enable`; from
 * Azure's tables of what a client of Event Hubs may set and read; and from Kafka's DescribeConfigs, where a value may be null.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { frameSplitter } from '../../tools/faults/frames.ts';
import { array, int16, int32, readerOf, text, type WireReader } from '../unit/kafka/wire.ts';

/** What becomes of a setting's value; undefined leaves it out. */
export type Telling = (name: string, value: string | null) => string | null | undefined;

const apiKeys = { metadata: 3, describeConfigs: 32 };
/** The versions that the client asks for; of others the double knows nothing. */
const versions = new Map([
  [apiKeys.metadata, 6],
  [apiKeys.describeConfigs, 2],
]);

/**
 * Every broker of the cluster is told to be here, so that the client asks nobody else. Disposal cuts what goes through it.
 * @param answers how often it tells settings; then it hangs where it is asked for them
 */
export async function untellingBroker(
  target: string,
  telling: Telling,
  answers = Infinity,
): Promise<{ readonly bootstrap: string } & AsyncDisposable> {
  const [host = '', targetPort] = target.split(':');
  const sockets = new Set<Socket>();
  let answersLeft = answers;
  const server = createServer((client) => {
    const broker = connect(Number(targetPort), host);
    const asked = new Map<number, number>();
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => [client, broker].forEach((each) => each.destroy()));
    }
    client.on(
      'data',
      frameSplitter((frame) => {
        const [apiKey, version, id] = [frame.readInt16BE(4), frame.readInt16BE(6), frame.readInt32BE(8)];
        if ((versions.get(apiKey) ?? version) !== version)
          throw new Error(`this double doesn't know version ${version} of request ${apiKey}`);
        asked.set(id, apiKey);
        broker.write(frame);
      }),
    );
    broker.on(
      'data',
      frameSplitter((frame) => {
        const id = frame.readInt32BE(4);
        const apiKey = asked.get(id);
        asked.delete(id);
        if (apiKey === apiKeys.describeConfigs && answersLeft-- <= 0) return;
        const body = frame.subarray(8);
        const told =
          apiKey === apiKeys.metadata
            ? withBrokersAt(portOf(server), body)
            : apiKey === apiKeys.describeConfigs
              ? withSettings(telling, body)
              : body;
        client.write(Buffer.concat([int32(4 + told.length), int32(id), told]));
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    bootstrap: `127.0.0.1:${portOf(server)}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}

function portOf(server: ReturnType<typeof createServer>): number {
  return (server.address() as AddressInfo).port;
}

function withBrokersAt(port: number, body: Buffer): Buffer {
  const reader = readerOf(body);
  const throttleMs = reader.int32();
  const brokers = reader.array(() => {
    const [node, , , rack] = [reader.int32(), reader.text(), reader.int32(), reader.text()];
    return [int32(node), text('127.0.0.1'), int32(port), text(rack)];
  });
  return Buffer.concat([int32(throttleMs), array(brokers ?? [], (each) => each), reader.rest()]);
}

function withSettings(telling: Telling, body: Buffer): Buffer {
  const reader = readerOf(body);
  const throttleMs = reader.int32();
  const results = reader.array(() => {
    const [errorCode, message] = [reader.int16(), reader.text()];
    const [type, name] = [reader.byte(), reader.text()];
    const entries = reader.array(() => entryOf(reader)) ?? [];
    const told = entries.flatMap((entry) => {
      const value = telling(entry.name, entry.value);
      return value === undefined ? [] : [[text(entry.name), text(value), ...entry.flags, int32(0)]];
    });
    return [int16(errorCode), text(message), type, text(name), array(told, (each) => each)];
  });
  return Buffer.concat([int32(throttleMs), array(results ?? [], (each) => each)]);
}

/** Without its synonyms, which nobody asks for. */
function entryOf(reader: WireReader) {
  const [name, value] = [reader.text() ?? '', reader.text()];
  const flags = [reader.byte(), reader.byte(), reader.byte()];
  reader.array(() => [reader.text(), reader.text(), reader.byte()]);
  return { name, value, flags };
}
