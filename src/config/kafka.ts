/** The settings of the way to Kafka and of what is written there. */
import { z } from 'zod';
import {
  addresses,
  bytes,
  clientId,
  count,
  flag,
  hostName,
  httpUrl,
  milliseconds,
  oneOf,
  path,
  topic,
  userName,
} from './values.ts';

/** Room for any dead letter without its raw bytes. */
const MIN_MESSAGE_BYTES = 32_768;

const tls = z
  .strictObject({
    enabled: flag().default(false).describe('Whether the connections to the brokers are TLS 1.2 or 1.3.'),
    caFile: path()
      .optional()
      .describe(
        "PEM file with the CAs that may sign the brokers' certificates, in place of those that Node.js brings along. " +
          'Read again for every connection, like each file below.',
      ),
    certFile: path()
      .optional()
      .describe('PEM file with the client certificate and its intermediates, for brokers that ask for one.'),
    keyFile: path().optional().describe('PEM file with the private key of `certFile`, not encrypted.'),
    serverName: hostName()
      .optional()
      .describe(
        "The name that every broker's certificate has to carry, where it isn't the host of the broker's address.",
      ),
  })
  .describe('TLS towards the brokers: docs/kafka-security.md.')
  .prefault({});

const sasl = z
  .strictObject({
    mechanism: oneOf(['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'])
      .default('none')
      .describe('How the bridge says who it is. With `none` it is the client certificate, or anonymous.'),
    username: userName().optional().describe('User of `plain` and `scram`.'),
    passwordFile: path()
      .optional()
      .describe('File with the password of `username`. Read again for every authentication.'),
    allowPlaintext: flag()
      .default(false)
      .describe(
        'Whether `plain` and `oauthbearer` may send the password, the secret or the token over connections without TLS, where ' +
          'everybody on the way can read them. `scram` sends none of them, and needs no leave.',
      ),
    oauth: z
      .strictObject({
        tokenUrl: httpUrl()
          .optional()
          .describe('Token endpoint of the authorization server (client credentials, RFC 6749 4.4).'),
        clientId: userName().optional().describe('Name of this client at the authorization server.'),
        clientSecretFile: path()
          .optional()
          .describe('File with the secret of `clientId`. Read again for every token.'),
        scope: userName().optional().describe('Scopes that are asked for, separated by spaces.'),
        caFile: path()
          .optional()
          .describe(
            "PEM file with the CAs that may sign the authorization server's certificate, in place of those that Node.js brings along.",
          ),
      })
      .describe('Where `oauthbearer` gets its tokens.')
      .prefault({}),
  })
  .describe('Authentication towards the brokers (SASL): docs/kafka-security.md.')
  .prefault({});

export const kafka = z
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
        replays: topic()
          .default('netbackup.replays')
          .describe(
            'Compacted topic in which `replay` marks the dead letters that it has sent; nothing else needs it.',
          ),
      })
      .describe(
        'Where the records go. Names that differ in "." and "_" only are the same to a broker\'s metrics.',
      )
      .prefault({}),
    tls,
    sasl,
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
        'Compression of the batches. It costs CPU time and latency, and pays where network or disks are scarcer. Every consumer has to ' +
          'know it: Java and librdkafka know both, KafkaJS has no zstd of its own.',
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
          'to this client. At least 32 KiB, so that any dead letter fits without its raw bytes.',
      ),
  })
  .describe('The Kafka cluster that the records are committed to.');

export const records = z
  .strictObject({
    cloudEvents: flag()
      .default(false)
      .describe(
        'Add the CloudEvents 1.0 headers to each record. Off, because seven headers cut the records per second to ' +
          '0.3 to 0.4 of what they are without.',
      ),
  })
  .describe('What a record looks like.');
