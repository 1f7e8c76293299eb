import type { Socket } from 'node:net';
import type { Kafka, logCreator } from 'kafkajs';
import type { Logger } from 'pino';
import { addressText } from '../address.ts';
import { type Codec, codecs, decompress } from './codecs.ts';
import kafkajs, { type ClientSettings, hostOfSeed, seedText } from './kafkajs.ts';
import { createMechanism, type SaslSettings } from './sasl.ts';
import { type BrokerSocket, openSocket, type TlsSettings } from './socket.ts';

export interface KafkaClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Plaintext without it. */
  readonly tls?: TlsSettings;
  /** Without it the bridge doesn't say who it is, but for its client certificate. */
  readonly sasl?: SaslSettings;
  /** TCP connect and TLS handshake, in ms. */
  readonly connectTimeoutMs: number;
  /** One request and its response, in ms. */
  readonly requestTimeoutMs: number;
}

/** The sockets of one client, so that they can be destroyed together. */
export interface SocketGroup {
  /** Destroys every socket with an error, and refuses new ones. */
  destroy(reason: string): void;
}

/** Our sockets keep the bound on connections, and say why; the client's own is behind it, in ms. */
const marginMs = 1_000;

/** Inner retries of the client's consumers: few and short, because whoever reads asks again. */
const innerRetry = { retries: 2, initialRetryTime: 50, maxRetryTime: 500 };

// The client only reads: what is written is compressed by src/kafka/record-batch.ts.
for (const [name, number] of Object.entries(codecs))
  kafkajs.CompressionCodecs[number] = () => ({
    decompress: (bytes: Buffer) => decompress(name as Codec, bytes),
  });

/** One kafkajs client with bounds on every wait, and its sockets. Nothing connects before it is used. */
export function createClient(
  options: KafkaClientOptions,
  log: Logger,
): { kafka: Kafka; sockets: SocketGroup } {
  const { settings, sockets } = clientSettings(options, log);
  return { kafka: new kafkajs.Kafka(settings), sockets };
}

/** The same bounds and sockets for connections without the client around them. */
export function clientSettings(
  options: KafkaClientOptions,
  log: Logger,
): { settings: ClientSettings; sockets: SocketGroup } {
  const open = new Set<BrokerSocket>();
  /** The brokers that have taken these settings. */
  const worked = new Set<string>();
  let refusal: string | undefined;
  let unauthenticated: Error | null = null;
  const sasl =
    options.sasl &&
    createMechanism(options.sasl, options.requestTimeoutMs, (error) => {
      unauthenticated = error;
    });
  const settings: ClientSettings = {
    brokers: options.brokers.map(seedText),
    clientId: options.clientId,
    connectionTimeout: options.connectTimeoutMs + marginMs,
    authenticationTimeout: options.requestTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    enforceRequestTimeout: true,
    ...(sasl === undefined ? undefined : { sasl }),
    retry: innerRetry,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: toPino(log),
    socketFactory({ host: seed, port, onConnect }) {
      if (refusal !== undefined) throw new Error(refusal);
      const host = hostOfSeed(seed);
      const broker = addressText({ host, port });
      const socket = openSocket(
        {
          host,
          port,
          connectTimeoutMs: options.connectTimeoutMs,
          timeoutMs: options.requestTimeoutMs,
          tls: options.tls,
          authenticates: sasl !== undefined,
          unauthenticated: () => unauthenticated,
          hasWorked: () => worked.has(broker),
          onWorks: () => worked.add(broker),
        },
        onConnect,
      );
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      // The client uses no more of a socket than this one has.
      return socket as unknown as Socket;
    },
  };
  const destroy = (reason: string) => {
    refusal = reason;
    for (const socket of open) socket.destroy(new Error(reason));
  };
  return { settings, sockets: { destroy } };
}

/**
 * kafkajs's own lines are debug lines: what an operator should see of Kafka are the events of `src/events.ts`. What went over the wire
 * isn't for a log, whatever kafkajs's own variables (KAFKAJS_LOG_LEVEL and others) ask it to tell: `data` and `payload` are dropped.
 */
function toPino(log: Logger): logCreator {
  return () =>
    ({ namespace, log: { message, timestamp, logger, stack, data, payload, ...fields } }) => {
      log.debug({ kafkajs: namespace, ...fields }, message);
    };
}
