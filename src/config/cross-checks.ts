/** What must hold between settings. Each check runs as soon as its own settings are valid, whatever else is wrong. */
import type { CrossCheck } from './cross-check.ts';
import { kafkaChecks, registryChecks } from './security-checks.ts';

export const crossChecks: readonly CrossCheck[] = [
  {
    settings: ['limits.unauthenticated.maxBytes', 'limits.maxPayloadBytes'],
    holds: ({ limits }) => limits.unauthenticated.maxBytes <= limits.maxPayloadBytes,
    sentence: 'must not be above limits.maxPayloadBytes: a stranger would get more than a primary',
  },
  {
    settings: [
      'limits.maxConnections',
      'limits.maxSessionsPerPrimary',
      'limits.unauthenticated.maxConnections',
    ],
    holds: ({ limits: { maxConnections, maxSessionsPerPrimary, unauthenticated } }) =>
      maxConnections >= maxSessionsPerPrimary + unauthenticated.maxConnections,
    sentence:
      'must hold limits.maxSessionsPerPrimary and limits.unauthenticated.maxConnections together: one primary alone could keep everybody out',
  },
  {
    settings: ['limits.maxEntries', 'limits.maxValues'],
    holds: ({ limits }) => limits.maxEntries <= limits.maxValues,
    sentence: 'must not be above limits.maxValues: each entry is a value, so it would never be reached',
  },
  {
    settings: ['limits.answered.maxPerPrimary', 'limits.inFlight.maxMessagesPerPrimary'],
    holds: ({ limits }) => limits.answered.maxPerPrimary >= limits.inFlight.maxMessagesPerPrimary,
    sentence:
      'must not be below limits.inFlight.maxMessagesPerPrimary: what is answered at once would be forgotten before it is sent again, and be in Kafka twice',
  },
  {
    settings: ['limits.maxPayloadBytes', 'limits.inFlight.maxBytesPerPrimary'],
    holds: ({ limits }) => limits.maxPayloadBytes <= limits.inFlight.maxBytesPerPrimary,
    sentence:
      'must not be above limits.inFlight.maxBytesPerPrimary: one message of that size could never be taken',
  },
  {
    settings: ['limits.inFlight.maxBytesPerPrimary', 'limits.inFlight.maxBytes'],
    holds: ({ limits }) => limits.inFlight.maxBytesPerPrimary <= limits.inFlight.maxBytes,
    sentence: 'must not be above limits.inFlight.maxBytes: the share of one primary is a part of the whole',
  },
  {
    settings: [
      'kafka.topics.jobs',
      'kafka.topics.images',
      'kafka.topics.deadLetters',
      'kafka.topics.replays',
    ],
    holds: ({ kafka }) => {
      const names = Object.values(kafka.topics).map((name) => name.replaceAll('.', '_'));
      return new Set(names).size === names.length;
    },
    sentence:
      'must differ from kafka.topics.images, kafka.topics.deadLetters and kafka.topics.replays, and these from each other, in more ' +
      'than "." and "_": each topic has contents of its own, and Kafka takes those two characters for the same in the names of its metrics',
  },
  ...kafkaChecks,
  ...registryChecks,
  {
    settings: ['listen.tls.clientNameIsPrimary', 'listen.tls.clientCaFile'],
    holds: ({ listen: { tls } }) => !tls.clientNameIsPrimary || tls.clientCaFile !== undefined,
    sentence: 'needs listen.tls.clientCaFile: without it no client shows a certificate',
  },
  {
    settings: ['schemas.mode', 'schemas.pinned.jobs', 'schemas.pinned.images', 'schemas.pinned.deadLetters'],
    holds: ({ schemas: { mode, pinned } }) =>
      [pinned.jobs, pinned.images, pinned.deadLetters].every(
        (pin) => (pin !== undefined) === (mode === 'pinned'),
      ),
    sentence: '`pinned` needs a version for each of schemas.pinned, and the other modes take none',
  },
  {
    settings: ['admin.port', 'listen.port', 'admin.host', 'listen.host'],
    holds: ({ admin, listen }) =>
      admin.port === 0 || admin.port !== listen.port || !overlap(admin.host, listen.host),
    sentence: 'must not be listen.port on the same address: only one of them can bind it',
  },
];

const EVERY_ADDRESS: readonly string[] = ['0.0.0.0', '::'];

function overlap(one: string, other: string): boolean {
  return one === other || EVERY_ADDRESS.includes(one) || EVERY_ADDRESS.includes(other);
}
