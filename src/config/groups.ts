/**
 * The groups of settings: types, bounds, defaults and descriptions. A description says what the setting bounds and which
 * number outside of this program its default follows or stays under. Names carry their units.
 */
import { z } from 'zod';
import { limits } from './limits.ts';
import {
  addresses,
  bytes,
  clientId,
  count,
  flag,
  host,
  httpUrl,
  milliseconds,
  oneOf,
  path,
  port,
  topic,
  urlPath,
} from './values.ts';

/** Room for a dead letter with a key of 4 KiB, its reason and its paths. */
const MIN_MESSAGE_BYTES = 16_384;

const listen = z
  .strictObject({
    host: host().default('0.0.0.0').describe('Address that the endpoint for NetBackup binds to.'),
    port: port().default(8443).describe('Port of the endpoint; 0 takes any free one.'),
    path: urlPath()
      .default('/nbwss')
      .describe('The only path that is upgraded to a WebSocket; every other one is answered with 404.'),
    tls: z
      .strictObject({
        certFile: path().describe(
          'PEM file with the certificates that NetBackup is shown: the leaf first, then the intermediates. ' +
            'NetBackup speaks wss:// only and pins the CA, so a leaf may be renewed under the same CA.',
        ),
        keyFile: path().describe('PEM file with the private key of the leaf certificate.'),
      })
      .describe('The certificate of the endpoint.'),
  })
  .describe('The endpoint that NetBackup connects to.');

const credentials = z
  .strictObject({
    tokenDirectory: path().describe(
      'Directory with one file for each primary: the name of the file is the name of the primary, each line is a ' +
        'token, plain or as sha256:…. A Kubernetes Secret mounts like this.',
    ),
  })
  .describe('Who may connect. Secrets are never values of the configuration, only files that it names.');

const session = z
  .strictObject({
    heartbeatIntervalMs: milliseconds()
      .default(30_000)
      .describe("Time between two pings. NetBackup's own keep-alive is 30 s too."),
    heartbeatMisses: count(1, 100)
      .default(2)
      .describe('Pings in a row without a pong after which the connection is given up: a minute by default.'),
    pausedTimeoutMs: milliseconds()
      .default(120_000)
      .describe(
        'How long a socket may stay paused by back-pressure before its session is closed, since a paused socket ' +
          'reads no pong. NetBackup reconnects within 60 s and resends.',
      ),
    responsePayload: oneOf(['array', 'object', 'none'])
      .default('array')
      .describe(
        'Payload of a NOTIFICATION RESPONSE, which the protocol leaves open: `array` is [], as in every other ' +
          'NOTIFICATION; `object` is {}; `none` leaves it out.',
      ),
  })
  .describe('One conversation with NetBackup.');

const kafka = z
  .strictObject({
    brokers: addresses().describe('Brokers to ask for the cluster; two or three, so that one may be down.'),
    clientId: clientId()
      .default('nbwss-bridge')
      .describe("Name of this client in the brokers' logs, metrics and quotas."),
    topics: z
      .strictObject({
        jobs: topic().default('netbackup.jobs').describe('Topic of the job records.'),
        images: topic().default('netbackup.images').describe('Topic of the image records.'),
        deadLetters: topic()
          .default('netbackup.dead-letters')
          .describe('Topic of what can never become a record, with the reason and the raw bytes.'),
      })
      .describe(
        'Where the records go. Names that differ in "." and "_" only are the same to a broker\'s metrics.',
      )
      .prefault({}),
    connectTimeoutMs: milliseconds()
      .default(3_000)
      .describe('Time for a connection to a broker, TLS included.'),
    requestTimeoutMs: milliseconds()
      .default(10_000)
      .describe(
        'Time for the answer of a broker to one request. Then the socket is destroyed and the batch sent again; ' +
          'longer than the election of a leader takes.',
      ),
    retryWaitCapMs: milliseconds()
      .default(2_000)
      .describe(
        'The longest wait between two attempts at one batch. Attempts never end; the cap keeps the first answer ' +
          "after an outage within NetBackup's resend interval of 5 s.",
      ),
    unsettledSendTimeoutMs: milliseconds(65_537)
      .default(90_000)
      .describe(
        'A send that neither succeeds nor fails within this time loses its producer and its sockets. Above 65536, ' +
          'because the lock of the Kafka client itself waits 65.5 s, and a send behind it still settles.',
      ),
    livenessIntervalMs: milliseconds()
      .default(5_000)
      .describe(
        'Time between two metadata requests that show whether Kafka answers; also how stale `kafka_up` may be.',
      ),
    compression: oneOf(['none', 'gzip', 'zstd'])
      .default('none')
      .describe(
        'Compression of the batches. It costs CPU time and latency, and pays where network or disks are scarcer.',
      ),
    producers: count(1, 16)
      .default(3)
      .describe(
        'Idempotent producers that share the partitions, each partition with one of its own. The Kafka client lets one ' +
          'request at a time go to each broker for a producer, so that a single one leaves the broker idle between requests.',
      ),
    maxBatchRecords: count(1, 1_000)
      .default(1_000)
      .describe(
        'Records of one batch. At most 1000: the Kafka client groups the records of a send in quadratic time, and ' +
          '20,000 of them block the process for 1.7 s.',
      ),
    maxMessageBytes: bytes(MIN_MESSAGE_BYTES)
      .optional()
      .describe(
        "Replaces the topics' `max.message.bytes`, which is read from the brokers, where DESCRIBE_CONFIGS is denied " +
          'to this client. At least 16 KiB, so that a dead letter with a key of 4 KiB always fits.',
      ),
  })
  .describe('The Kafka cluster that the records are committed to.');

const registry = z
  .strictObject({
    url: httpUrl().describe('Address of the schema registry.'),
    requestTimeoutMs: milliseconds()
      .default(5_000)
      .describe(
        'Time for one request to the registry, after which it is tried again. No message waits for it.',
      ),
  })
  .describe('The schema registry that gives the schemas their ids.');

const records = z
  .strictObject({
    cloudEvents: flag()
      .default(false)
      .describe(
        'Add the CloudEvents 1.0 headers to each record. Off, because seven headers cut the records per second to ' +
          '0.3 to 0.4 of what they are without.',
      ),
  })
  .describe('What a record looks like.');

const admin = z
  .strictObject({
    host: host()
      .default('127.0.0.1')
      .describe('Address of the admin endpoint: plain HTTP without authentication, so this host only.'),
    port: port().default(9090).describe('Port of health and metrics; 0 takes any free one.'),
  })
  .describe('Health and metrics for operators and probes.');

const drain = z
  .strictObject({
    delayMs: milliseconds(0)
      .default(5_000)
      .describe('Time between /readyz turning 503 and the end of accepting, so that load balancers notice.'),
    deadlineMs: milliseconds()
      .default(25_000)
      .describe(
        'Time after the delay for what is in flight. Past it the process exits with 1 and NetBackup resends. Delay ' +
          "and deadline together, 30 s, stay under the pod's grace of 45 s.",
      ),
  })
  .describe('The orderly stop on SIGTERM.');

const readiness = z
  .strictObject({
    maxOldestInFlightMs: milliseconds()
      .default(60_000)
      .describe(
        'Age of the oldest unanswered message at which /readyz turns 503: twelve resends of NetBackup, and longer ' +
          'than the failover of a broker.',
      ),
  })
  .describe('When this instance counts as ready.');

const log = z
  .strictObject({
    level: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
      .default('info')
      .describe('The least severe level that is logged. `debug` adds one line for each message.'),
  })
  .describe('Log lines, as JSON.');

/** All groups of settings, in the order of the documentation. What must hold between settings is in cross-checks.ts. */
export const groups = z.strictObject({
  listen,
  credentials,
  limits: limits.prefault({}),
  session: session.prefault({}),
  kafka,
  registry,
  records: records.prefault({}),
  admin: admin.prefault({}),
  drain: drain.prefault({}),
  readiness: readiness.prefault({}),
  log: log.prefault({}),
});
