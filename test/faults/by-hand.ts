/**
 * Requests by hand, for what the Kafka client of the tests can't: it knows no quotas, and asks for the leaders of all topics first. Any
 * broker takes them, and hands them on to the controller.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { frameSplitter } from '../../tools/faults/frames.ts';

/** The last field of both. */
const notOnlyValidated = Buffer.from([0]);

/**
 * How many bytes a second each broker takes of a client id: AlterClientQuotas, version 0.
 * @param broker an address of the cluster without authentication
 * @param bytesPerSecond null for no quota any more
 */
export async function setProducerQuota(
  broker: string,
  clientId: string,
  bytesPerSecond: number | null,
): Promise<void> {
  const entity = [int32(1), text('client-id'), text(clientId)];
  const remove = bytesPerSecond === null;
  const setting = [int32(1), text('producer_byte_rate'), float64(bytesPerSecond ?? 0), int8(Number(remove))];
  await ask(broker, 49, [int32(1), ...entity, ...setting, notOnlyValidated]);
}

/** Sets a setting of a topic, and keeps its other ones: IncrementalAlterConfigs, version 0. */
export async function configureTopic(
  broker: string,
  topic: string,
  name: string,
  value: string,
): Promise<void> {
  const [topicResource, set] = [int8(2), int8(0)];
  await ask(broker, 44, [
    int32(1),
    topicResource,
    text(topic),
    int32(1),
    text(name),
    set,
    text(value),
    notOnlyValidated,
  ]);
}

/** Sends a request of version 0 with one entry. @throws where the response says that it was refused */
async function ask(broker: string, apiKey: number, request: readonly Buffer[]): Promise<void> {
  const [host = '', port] = broker.split(':');
  const socket = connect(Number(port), host);
  try {
    const response = new Promise<Buffer>((resolve, reject) => {
      socket.on('data', frameSplitter(resolve)).once('error', reject);
    });
    await once(socket, 'connect');
    const [version, correlationId] = [int16(0), int32(1)];
    const body = Buffer.concat([int16(apiKey), version, correlationId, text('nbwss-tests'), ...request]);
    socket.write(Buffer.concat([int32(body.length), body]));
    // Behind the length, the correlation id, the throttle time, and the number of entries.
    const errorCode = (await response).readInt16BE(4 + 4 + 4 + 4);
    if (errorCode !== 0)
      throw new Error(`${broker} refuses the request ${apiKey} with the error ${errorCode}`);
  } finally {
    socket.destroy();
  }
}

function int8(value: number): Buffer {
  return Buffer.from([value]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function float64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(value.length), Buffer.from(value)]);
}
