/** The settings of the way to Kafka and of what is written there. */
import { z } from 'zod';
import { oauthSettings } from './oauth.ts';
import {
  addresses,
  bytes,
  clientId,
  count,
  flag,
  hostName,
  milliseconds,
  oneOf,
  path,
  text,
  textsByName,
  topic,
  userName,
} from './values.ts';

/** Room for any dead letter without its raw bytes. */
const MIN_MESSAGE_BYTES = 32_768;

/** Room for any such dead letter and what a request has around it; and what brokers take by default. */
const MIN_REQUEST_BYTES = 65_536;
const MAX_REQUEST_BYTES = 104_857_600;

const tls = z
  .strictObject({
    enabled: flag().default(false).describe('Whether the connections to the brokers are TLS 1.2 or 1.3.'),
    caFile: path()
      .optional()
      .describe(
        "PEM file with the CAs that may sign the brokers' certificates, in place of those that Node.js includes. " +
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
    mechanism: oneOf(['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer', 'aws-msk-iam'])
      .default('none')
      .describe('How the bridge says who it is. With `none` it is the client certificate, or anonymous.'),
    username: userName().optional().describe('User of `plain` and `scram`.'),
    passwordFile: path()
      .optional()
      .describe('File with the password of `username`. Read again for every authentication.'),
    allowPlaintext: flag()
      .default(false)
      .describe(
        'Whether `plain`, `oauthbearer` and `aws-msk-iam` may send the password, the secret or the token over connections without TLS, where ' +
          'everybody on the way can read them. `scram` sends none of them, and needs no leave.',
      ),
    oauth: z
      .strictObject({
        ...oauthSettings,
        tokenFile: path()
          .optional()
          .describe(
            'In place of all of these: file with a token that something else renews. Read again for every authentication.',
          ),
        extensions: textsByName(
          /^(?!auth$)[A-Za-z]{1,64}$/,
          /^[\x20-\x7e]{1,1024}$/,
          'texts of printable ASCII characters by names of letters, which are not auth',
        )
          .default({})
          .describe(
            'SASL extensions that are sent beside the token (KIP-342), e.g. `logicalCluster` and `identityPoolId`.',
          ),
      })
      .describe('Where `oauthbearer` gets its tokens.')
      .prefault({}),
    awsMskIam: z
      .strictObject({
        region: text(/^[a-z]{2}(?:-[a-z0-9]+){2,4}$/, 'the name of an AWS region')
          .optional()
          .describe('Region of the Amazon MSK cluster, e.g. `eu-central-1`.'),
        roleArn: text(/^arn:[\x21-\x7e]{1,2000}$/, 'the ARN of a role')
          .optional()
          .describe("Role that is taken on with the credentials that AWS's SDK finds."),
        roleSessionName: text(/^[\w+=,.@-]{2,64}$/, '2 to 64 of the letters, digits and "+=,.@_-"')
          .optional()
          .describe("Name of the session with that role, or of one by web identity, in AWS's audit."),
        profile: userName()
          .optional()
          .describe(
            'Profile of the AWS configuration files, in place of the credentials that the SDK finds.',
          ),
      })
      .describe(
        "Amazon MSK with IAM. Credentials come from where AWS's SDK finds them: the environment, a web identity, or the role of the pod or machine.",
      )
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
        'Time for the answer of a broker to one request. Then the socket is destroyed and the batches of the request are sent again; ' +
          'longer than the election of a leader takes.',
      ),
    retryWaitCapMs: milliseconds()
      .default(2_000)
      .describe(
        'The longest wait between two attempts at one batch. Attempts never end; the cap keeps the first answer ' +
          "after an outage within NetBackup's resend interval of 5 s.",
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
    maxRequestBytes: bytes(MIN_REQUEST_BYTES, MAX_REQUEST_BYTES)
      .default(10_485_760)
      .describe(
        "The largest Produce request, in bytes. Keep it below the brokers' `socket.request.max.bytes`, and below the size at which " +
          "a service cuts the connection (Azure Event Hubs: 1,046,528). A record that doesn't fit is a dead letter.",
      ),
    maxInFlightRequests: count(1, 5)
      .default(5)
      .describe(
        'Produce requests on their way to one broker over one connection at a time, at most. They never carry two batches of one partition. ' +
          'Kafka remembers the last five batches of a producer, which is where the limit comes from.',
      ),
    producerIdExpirationMs: milliseconds()
      .default(86_400_000)
      .describe(
        "The brokers' `producer.id.expiration.ms`. A batch whose outcome stayed unknown for longer may be written twice, because " +
          'the broker no longer knows its number; `nbwss_possible_duplicates_total` counts its records.',
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
