/** The settings that bound what a peer can make this program hold, with the reason of each number. */
import { z } from 'zod';
import { bytes, count, milliseconds } from './values.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** V8's longest string: the text of a frame becomes one. */
const MAX_STRING_LENGTH = 536_870_888;

const unauthenticated = z
  .strictObject({
    maxBytes: bytes(1 * KiB)
      .default(8 * KiB)
      .describe(
        'Bytes that a connection may send before its CONNECT is accepted. A CONNECT is a few hundred bytes; the ' +
          'limit on payloads holds only after it, because it is fixed when the WebSocket opens.',
      ),
    connectTimeoutMs: milliseconds()
      .default(10_000)
      .describe(
        'Time that a connection has to send a CONNECT that is accepted. NetBackup sends it first of all, so 10 s ' +
          'cover slow links only.',
      ),
    maxConnections: count(1)
      .default(50)
      .describe(
        'Connections that may wait for their CONNECT at once. An estate has a handful of primaries; 50 lets all of ' +
          'them come back together and bounds what a scanner can hold.',
      ),
    attemptsPerAddress: count(1)
      .default(10)
      .describe(
        'Connections that one address may attempt within `attemptsWindowMs`. NetBackup tries once a minute; ten ' +
          'leave room for several primaries behind one address. What ends without a request, as the health checks of balancers do, ' +
          'is no attempt, up to fifty times this number.',
      ),
    attemptsWindowMs: milliseconds().default(10_000).describe('The window in which attempts are counted.'),
  })
  .describe('Before authentication.');

const inFlight = z
  .strictObject({
    maxMessagesPerPrimary: count(1)
      .default(256)
      .describe(
        'Messages of one primary that are received and not yet answered. At the limit its sockets are paused. ' +
          'Wide, because a paused socket reads no ping either: minutes of Kafka outage at a normal load must not pause.',
      ),
    maxBytesPerPrimary: bytes(1 * KiB)
      .default(16 * MiB)
      .describe(
        'What those messages take, for one primary: twice their frames, 512 bytes for each entry, and twice the texts that its record shares ' +
          'with the others of its message (its id, `object` and `notificationType`). One message is always let in.',
      ),
    maxBytes: bytes(1 * KiB)
      .default(32 * MiB)
      .describe(
        'What those messages take, over all primaries. Above half of it no heavy message (256 KiB) is taken apart.',
      ),
    maxJoinsPerMessage: count(1)
      .default(16)
      .describe(
        'Resends of one message that wait for the same delivery, each to be answered. NetBackup resends every 5 s; ' +
          'what comes beyond 16 is counted and left to a later resend.',
      ),
  })
  .describe('Received, and not yet answered.');

const answered = z
  .strictObject({
    windowMs: milliseconds(10_000)
      .default(600_000)
      .describe(
        'How long an answered message is remembered, so that a resend is answered again without a second copy in ' +
          "Kafka. Far above NetBackup's resend interval of 5 s; below two of them it would remember nothing.",
      ),
    maxPerPrimary: count(1)
      .default(10_000)
      .describe('Answered messages remembered for one primary; a few MiB. The oldest is forgotten first.'),
  })
  .describe('Answered, and remembered for resends.');

export const limits = z
  .strictObject({
    unauthenticated: unauthenticated.prefault({}),
    handshakeTimeoutMs: milliseconds()
      .default(10_000)
      .describe('Time for the TLS handshake, and again for the HTTP headers of the upgrade.'),
    maxPayloadBytes: bytes(1 * KiB, MAX_STRING_LENGTH)
      .default(8 * MiB)
      .describe(
        'Bytes of one message. A larger frame closes the connection with 1009 and is lost to NetBackup until the ' +
          'limit is raised, so it is far above the largest batch expected (20,000 entries of 400 bytes).',
      ),
    maxFragments: count(1)
      .default(16_384)
      .describe(
        'Fragments of one message. 8 MiB in 16,384 fragments are 512 bytes each, and a small message may come byte by byte; ' +
          'each fragment costs memory of its own until the message is whole.',
      ),
    maxEntries: count(1)
      .default(20_000)
      .describe(
        'Job and image entries of one message; with more it becomes one dead letter. Bounds the time for which one ' +
          'message blocks the event loop to a few tens of milliseconds.',
      ),
    maxValues: count(100_000)
      .default(400_000)
      .describe(
        'JSON values of one message, those inside of others included; with more it becomes one dead letter, without being parsed. ' +
          '20,000 entries of ten fields are 220,000. A payload of 8 MiB could hold millions, and hundreds of MiB of memory.',
      ),
    maxNames: count(1_000)
      .default(10_000)
      .describe(
        'Property names of one message of more than 128 KiB, each counted once for each order in which it comes behind others in its object; ' +
          'with more it becomes one dead letter, without being parsed. Messages of NetBackup have some thirty. Each takes time and memory ' +
          'beyond that of its value.',
      ),
    maxDepth: count(8, 1_000)
      .default(64)
      .describe(
        'Levels of nesting in one message; with more it becomes one dead letter. A notification of NetBackup has ' +
          'five, so unknown fields have room.',
      ),
    maxConnections: count(1)
      .default(1_000)
      .describe(
        'Connections at once. NetBackup holds one per server group; the bound protects file descriptors.',
      ),
    maxSessionsPerPrimary: count(1)
      .default(16)
      .describe(
        'Sessions of one primary at once, so that none takes the connections of the others. NetBackup holds one per server ' +
          'group, and reconnects before the old one is known to be gone; 16 are several times that. At the limit the oldest ' +
          'gives way with 1008, or the newcomer is refused with 1008 where the oldest came less than a minute ago.',
      ),
    maxBadFrames: count(1)
      .default(10)
      .describe(
        'Frames in a row that are not JSON or have no id, so that they can not be answered; the last one closes ' +
          'the connection with 1007.',
      ),
    maxUnreadAnswerBytes: bytes(1 * KiB)
      .default(1 * MiB)
      .describe(
        'Answers that a peer has not read yet. An answer is about 150 bytes: 1 MiB are thousands, and a peer that ' +
          'leaves them unread is gone, so the connection is closed.',
      ),
    inFlight: inFlight.prefault({}),
    answered: answered.prefault({}),
  })
  .describe('Bounds on what a peer can make this program hold.');
