/**
 * The one door to kafkajs, and the one file that leans on its insides. Its public interface gives no broker and no connection, so they are taken
 * from where this version has them (docs/adr/0007-our-requests.md): sockets, TLS, SASL, version negotiation, and the codecs of rare requests
 * are the client's. What a Produce request holds and what its answer means is ours.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type client from 'kafkajs';
import type { KafkaConfig } from 'kafkajs';
import { type Address, withoutBrackets } from '../address.ts';
import { isClosedByPeer } from './closed-by-peer.ts';
import { headerBytes, writeHeader } from './request-header.ts';

const require = createRequire(import.meta.url);

/** Its last release. package.json pins it, and under another one nothing of this file is proven. */
const provenVersion = '2.2.4';
const { version } = require('kafkajs/package.json') as { version: string };
if (version !== provenVersion)
  throw new Error(
    `kafkajs is ${version}, and src/kafka/kafkajs.ts is written for ${provenVersion}: install that`,
  );

export default require('kafkajs') as typeof client;

/** The client's settings as far as the bridge sets them; the same for its consumers and for our connections. */
export type ClientSettings = Required<
  Pick<
    KafkaConfig,
    | 'clientId'
    | 'connectionTimeout'
    | 'authenticationTimeout'
    | 'requestTimeout'
    | 'enforceRequestTimeout'
    | 'retry'
    | 'logLevel'
    | 'logCreator'
    | 'socketFactory'
  >
> & { readonly brokers: string[]; readonly sasl?: NonNullable<KafkaConfig['sasl']> };

/**
 * A broker's address as the client's own connections (consumers, admin) can be given it: the client takes it apart at the first colon, so
 * those of an IPv6 address have another sign in their place.
 */
export function seedText(broker: string): string {
  return broker.replace(/^\[.*\]/, (host) => host.replaceAll(':', colonSign));
}

/** The host again, as a socket wants it; others are left as they are. */
export function hostOfSeed(host: string): string {
  return host.startsWith('[') ? withoutBrackets(host).replaceAll(colonSign, ':') : host;
}

/** In no address. */
const colonSign = '|';

/** A request and its answer in the client's terms. */
interface Protocol {
  readonly request: {
    readonly apiKey: number;
    readonly apiName: string;
    readonly apiVersion: number;
    /** The client copies `buffer` behind the header that it writes itself. */
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  };
  readonly response: { decode(body: Buffer): Promise<object>; parse(decoded: object): Promise<unknown> };
}

type ApiName = 'CreateTopics' | 'DescribeConfigs' | 'InitProducerId' | 'Metadata' | 'Produce';

/** What the client's broker is asked for. */
interface ClientBroker {
  readonly versions: Readonly<Record<number, { minVersion: number; maxVersion: number }>>;
  readonly lookupRequest: (apiKey: number, definition: unknown) => (input: object) => Protocol;
  connect(): Promise<void>;
}

interface ClientConnection {
  readonly socket: Socket;
  readonly requestQueue: {
    scheduleCheckPendingRequests: () => void;
    maybeThrottle: (ms: number) => void;
    push(request: {
      readonly entry: Entry;
      readonly expectResponse: boolean;
      readonly requestTimeout: number | null;
      readonly sendRequest: () => void;
    }): void;
  };
  isConnected(): boolean;
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
  send(protocol: Protocol): Promise<unknown>;
}

/** A request that the client's queue holds until its answer comes, or its time is over. */
interface Entry {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly correlationId: number;
  resolve(answer: { readonly payload: Buffer }): void;
  reject(error: Error): void;
}

interface ClientPool {
  readonly pool: readonly ClientConnection[];
}

const Broker = require('kafkajs/src/broker') as new (options: object) => ClientBroker;
const ConnectionPool = require('kafkajs/src/network/connectionPool') as new (options: object) => ClientPool;
const { createLogger } = require('kafkajs/src/loggers') as { createLogger: (options: object) => unknown };
const { requests } = require('kafkajs/src/protocol/requests') as { requests: Record<ApiName, unknown> };
const apiKeys = require('kafkajs/src/protocol/requests/apiKeys') as Record<ApiName, number>;
const { createErrorFromCode, errorCodes } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
  errorCodes: readonly { readonly code: number; readonly type: string }[];
};

/** What is asked of a broker: in the client's terms, or with a body that we write and an answer that we read. */
export type Ask<T> = ClientAsk<T> | OwnAsk<T>;

interface ClientAsk<T> {
  readonly by: 'client';
  /** In the version that both sides know. */
  readonly protocol: (broker: ClientBroker) => Protocol;
  readonly answer?: T;
}

export interface OwnAsk<T> {
  readonly by: 'us';
  readonly api: ApiName;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** The request, with so many bytes left free before its body for the header. */
  readonly encode: (headerBytes: number) => Buffer;
  readonly decode: (body: Buffer, version: number) => T;
}

/** A request by the client's own codec. Errors in the answer are data, as they were sent: the client would drop a broker's words. */
export function clientRequest<T>(name: Exclude<ApiName, 'Produce'>, input: object): Ask<T> {
  return {
    by: 'client',
    protocol(broker) {
      const { request, response } = broker.lookupRequest(apiKeys[name], requests[name])(input);
      return { request, response: { ...response, parse: (decoded) => Promise.resolve(decoded) } };
    },
  };
}

/** One connection to one broker. When it has ended it isn't used again: the client keeps parts of what it read last. */
export interface BrokerConnection {
  /** TCP, TLS, versions, SASL; within the client's bounds. Rejects with the client's error. */
  open(): Promise<void>;
  readonly isOpen: boolean;
  /** False where the client will authenticate again before it writes the next request. */
  readonly isAuthenticated: boolean;
  /** Whether the broker ended it, or what stands before the broker. */
  readonly isCut: boolean;
  /** @param onWrite called when the request is about to be written: before that nothing of it can have arrived */
  ask<T>(ask: Ask<T>, onWrite: () => void): Promise<T>;
  /** Ends it at once; requests that are open reject. */
  destroy(reason: string): void;
}

/** Doesn't connect yet. */
export function connectionTo(settings: ClientSettings, { host, port }: Address): BrokerConnection {
  const sockets: Socket[] = [];
  let ended: string | null = null;
  let isCut = false;
  const logger = createLogger({ level: settings.logLevel, logCreator: settings.logCreator });
  const connectionPool = new ConnectionPool({
    ...settings,
    host,
    port,
    rack: null,
    ssl: null,
    sasl: settings.sasl ?? null,
    logger,
    socketFactory(options: Parameters<ClientSettings['socketFactory']>[0]) {
      if (ended !== null) throw new Error(ended);
      const socket = settings.socketFactory(options);
      sockets.push(socket);
      // Before the client hears of it, and rejects what is open.
      socket.on('error', (error) => (isCut ||= isClosedByPeer(error)));
      return socket;
    },
  });
  const broker = new Broker({
    connectionPool,
    logger,
    authenticationTimeout: settings.authenticationTimeout,
    allowAutoTopicCreation: false,
  });
  const connection = connectionPool.pool[0] as ClientConnection;
  // Nothing of ours may wait in the client's queue: a throttle is ours to keep, and its timer runs a thousand times a second.
  connection.requestQueue.maybeThrottle = () => {};
  connection.requestQueue.scheduleCheckPendingRequests = () => {};

  return {
    open: () => broker.connect(),
    get isOpen() {
      return ended === null && connection.isConnected();
    },
    get isAuthenticated() {
      return settings.sasl === undefined || connection.isAuthenticated();
    },
    get isCut() {
      return isCut;
    },
    ask: (ask, onWrite) => (ask.by === 'us' ? askOurs(ask, onWrite) : askClients(ask, onWrite)),
    destroy(reason) {
      ended = reason;
      for (const socket of sockets) socket.destroy(new Error(reason));
    },
  };

  function askClients<T>(ask: ClientAsk<T>, onWrite: () => void): Promise<T> {
    const { request, response } = ask.protocol(broker);
    const encode = () => {
      onWrite();
      return request.encode();
    };
    return connection.send({ request: { ...request, encode }, response }) as Promise<T>;
  }

  /** As the client's `send`, but that the request is written into one buffer: the client's is copied twice, into buffers of up to twice its size. */
  async function askOurs<T>(
    { api, minVersion, maxVersion, encode, decode }: OwnAsk<T>,
    onWrite: () => void,
  ): Promise<T> {
    const apiKey = apiKeys[api];
    const known = broker.versions[apiKey];
    const apiVersion = Math.min(maxVersion, known?.maxVersion ?? 0);
    if (apiVersion < Math.max(minVersion, known?.minVersion ?? 0))
      throw new VersionError(api, minVersion, maxVersion, known);
    if (settings.sasl !== undefined && !connection.isAuthenticated()) await connection.authenticate();
    if (!connection.isConnected()) throw new Error('the connection has ended');
    const correlationId = connection.nextCorrelationId();
    const frame = encode(headerBytes(settings.clientId));
    writeHeader(frame, { apiKey, apiVersion, correlationId, clientId: settings.clientId });
    const { promise, resolve, reject } = Promise.withResolvers<{ readonly payload: Buffer }>();
    connection.requestQueue.push({
      entry: { apiKey, apiName: api, apiVersion, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: null,
      sendRequest() {
        onWrite();
        connection.socket.write(frame);
      },
    });
    return decode((await promise).payload, apiVersion);
  }
}

/** The broker knows no version of a request that we know. */
class VersionError extends Error {
  readonly type = 'UNSUPPORTED_VERSION';
  constructor(
    api: ApiName,
    min: number,
    max: number,
    known: { minVersion: number; maxVersion: number } | undefined,
  ) {
    const broker = known === undefined ? 'none' : `${known.minVersion} to ${known.maxVersion}`;
    super(
      `${api} is known here in versions ${min} to ${max}, and to the broker in ${broker}: see docs/kafka-security.md for what was tried`,
    );
  }
}

/** Newer than the client, by Kafka's `Errors`. */
const newerErrors: Readonly<Record<number, string>> = {
  89: 'THROTTLING_QUOTA_EXCEEDED',
  90: 'PRODUCER_FENCED',
  100: 'UNKNOWN_TOPIC_ID',
};

/** The name of an error by its number in the protocol; stable and safe as a metric label. */
export function errorName(code: number): string {
  const known = errorCodes.find((each) => each.code === code);
  return known?.type ?? newerErrors[code] ?? `ERROR_${code}`;
}

/** The client's error for a number of the protocol: its `type` is the name. */
export function protocolError(code: number): Error {
  return Object.assign(createErrorFromCode(code), { type: errorName(code) });
}
