/** The shape of /status: docs/status.md is made from it, and the running bridge's answer is tested against it. */
import { z } from 'zod';

const time = () => z.iso.datetime();
const count = () => z.int().min(0);
const ms = () => z.int().min(0).nullable();
const reason = () => z.string().nullable();

const latencies = {
  answers: count().describe('Answers that were sent.'),
  p50Ms: ms().describe(
    'Half of the answers were sent within so many ms of the arrival; null without answers.',
  ),
  p95Ms: ms().describe('The same for 95 of 100.'),
  p99Ms: ms().describe('The same for 99 of 100.'),
};

const primary = z.strictObject({
  name: z.string().describe('As the token directory has it.'),
  state: z
    .enum(['connected', 'disconnected'])
    .describe('Connected: it has a session, whose token was accepted.'),
  since: time().describe(
    'Since when it is in this state; at the earliest the start of the process, or when it was added.',
  ),
  sessions: count().describe(
    'Several at once are possible: NetBackup may reconnect before the old session ends. One that gave way counts until its connection is closed.',
  ),
  maxSessions: count().describe('How many it may have at once (`limits.maxSessionsPerPrimary`).'),
  remotes: z.array(z.string()).describe('Addresses and ports of its sessions, of ten at most.'),
  lastNotification: time()
    .nullable()
    .describe('When its last notification arrived; null: none since the start.'),
  lastAnswer: time()
    .nullable()
    .describe(
      'When a notification of it was answered last, which is when Kafka had committed it; null: none since the start.',
    ),
  lastMinute: z
    .strictObject(latencies)
    .describe(
      'Its last minute, in steps of 5 s. A percentile may be up to an eighth too high, and is never too low.',
    ),
  inFlight: z
    .strictObject({
      messages: count().describe('Messages received and not committed yet.'),
      bytes: count().describe('What they take.'),
      oldestMs: ms().describe('For how long the oldest of them has been waiting; null where there is none.'),
    })
    .describe('What waits for Kafka.'),
  resendsCoalesced: count().describe(
    'Resends that were answered without a second delivery, since the start.',
  ),
  pausedSessions: count().describe('Sessions that back-pressure keeps from being read now.'),
});

const topic = z.strictObject({
  use: z.enum(['jobs', 'images', 'deadLetters']).describe('What is written to it.'),
  name: z.string().describe('Its name.'),
  partitions: count().nullable().describe('As the producers know it; null before Kafka was asked.'),
  maxMessageBytes: count().nullable().describe('The largest batch that it takes.'),
});

const schema = z.strictObject({
  subject: z.string().describe('Its name in the registry.'),
  version: z.int().min(1).describe('The version that is written with.'),
  id: z.int().min(0).describe('The id in each record.'),
});

const minute = z.strictObject({
  start: time().describe('The beginning of the minute.'),
  answers: latencies.answers,
  p50Ms: latencies.p50Ms,
  p99Ms: latencies.p99Ms,
});

export const statusSchema = z.strictObject({
  at: time().describe('The moment that all of this is of.'),
  version: z.string().describe('Of nbwss-bridge.'),
  since: time().describe('The start of the process.'),
  configHash: z.string().describe('Equal hashes mean equal settings; `check-config` prints it too.'),
  ready: z.boolean().describe('As /readyz has it.'),
  draining: z.boolean().describe('Whether the bridge is about to stop.'),
  checks: z
    .array(
      z.strictObject({
        name: z.string().describe('What is checked.'),
        ok: z.boolean().describe('Whether it is as it must be.'),
        reason: reason().describe('Why it is not, in words; null where it is.'),
      }),
    )
    .describe('What readiness is made of, in the order of the start.'),
  connections: z
    .strictObject({
      authenticated: count().describe('Whose token was accepted: the sessions of all primaries.'),
      unauthenticated: count().describe('Still without a CONNECT, and probes.'),
      open: count().describe('All that are open, those in their TLS or HTTP handshake included.'),
      max: count().describe('How many may be open at once (`limits.maxConnections`).'),
    })
    .describe('WebSockets by state, and the connections that are in use.'),
  primaries: z.array(primary).describe('Every configured primary, by name. A probe is none of them.'),
  deadLetters: z
    .record(z.string(), count())
    .describe('Dead letters committed since the start, by reason (docs/delivery.md has the reasons).'),
  kafka: z
    .strictObject({
      up: z.boolean().describe('Whether Kafka answers and takes records.'),
      reason: reason().describe('Why not, in words.'),
      topics: z.array(topic).describe('Where records go.'),
    })
    .describe('The way to Kafka.'),
  registry: z
    .strictObject({
      up: z
        .boolean()
        .describe('Whether it answered when it was asked last; records are written all the same.'),
      reason: reason().describe('Why not, in words.'),
      schemas: z.array(schema).describe('Which schemas records are written with.'),
    })
    .describe('The schema registry.'),
  certificate: z
    .strictObject({
      subject: z.string().describe('Its subject, on one line.'),
      notBefore: time().describe('From when on it is valid: nobody takes it earlier.'),
      notAfter: time().describe('When it expires.'),
    })
    .describe('What the listener presents.'),
  lastHour: z.array(minute).describe('Of all primaries, minute by minute: sixty, the present one last.'),
});

/** What /status answers. */
export type Status = z.infer<typeof statusSchema>;
