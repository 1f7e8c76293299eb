import { createActivity, type Activity } from './admin/activity.ts';
import type { Health } from './admin/health.ts';
import type { Status } from './admin/status.ts';
import type { Config } from './config/schema.ts';
import type { RegisteredSchema } from './encode/encoder.ts';
import type { Registry } from './encode/registry.ts';
import { reasonOf } from './errors.ts';
import type { Events } from './events.ts';
import type { Files } from './files.ts';
import type { TopicWatch } from './kafka/watch.ts';
import type { InFlight } from './pipeline/in-flight.ts';

export interface StatusOptions {
  readonly config: Config;
  readonly version: string;
  readonly configHash: string;
  readonly files: Files;
  readonly health: Health;
  readonly inFlight: InFlight;
  readonly openConnections: () => number;
  /** Unix ms. */
  readonly now: () => number;
}

/** What the bridge tells of itself to whoever looks (docs/status.md). */
export interface StatusBoard {
  /** The same events, which the status then hears too. */
  listening(events: Events): Events;
  /** The same registry, whose failures the status then knows. */
  following(registry: Registry): Registry;
  /** Knows what topics are like; there is none before Kafka was asked. */
  watch: TopicWatch | null;
  readonly read: () => Status;
}

/** The checks that say whether records can be written. */
const kafkaChecks = ['kafka', 'topics', 'producer', 'writes'];

export function createStatus(options: StatusOptions): StatusBoard {
  const { config, version, configHash, files, health, inFlight, openConnections, now } = options;
  const { maxConnections, maxSessionsPerPrimary } = config.limits;
  const activity = createActivity(now);
  const since = iso(now());
  const schemas = new Map<string, RegisteredSchema>();
  /** Why the registry couldn't be asked for a subject. */
  const lookUpFailures = new Map<string, string>();
  const connections = { authenticated: 0, unauthenticated: 0 };

  const board: StatusBoard = {
    listening: (events) => heard(events, { activity, connections, schemas, now }),
    following: (registry) => ({
      ...registry,
      async latest(subject) {
        try {
          const found = await registry.latest(subject);
          lookUpFailures.delete(subject);
          return found;
        } catch (error) {
          lookUpFailures.set(subject, reasonOf(error));
          throw error;
        }
      },
    }),
    watch: null,
    read() {
      const { ready, checks } = health.report();
      const kafkaReason = firstReason(checks, kafkaChecks);
      const registryReason = firstReason(checks, ['schemas']) ?? [...lookUpFailures.values()][0] ?? null;
      const { subject, notBefore, notAfter } = files.certificate;
      return {
        at: iso(now()),
        version,
        since,
        configHash,
        ready,
        draining: 'draining' in checks,
        checks: Object.entries(checks).map(([name, reason]) => ({ name, ok: reason === null, reason })),
        connections: { ...connections, open: openConnections(), max: maxConnections },
        primaries: files.credentials.primaries.map(primaryStatus),
        deadLetters: activity.deadLettersByReason(),
        kafka: { up: kafkaReason === null, reason: kafkaReason, topics: topics() },
        registry: {
          up: registryReason === null,
          reason: registryReason,
          schemas: [...schemas.values()].map(({ subject, version, id }) => ({ subject, version, id })),
        },
        certificate: { subject, notBefore: iso(notBefore), notAfter: iso(notAfter) },
        lastHour: activity
          .lastHour()
          .map(({ startedAt, answers, p50Ms, p99Ms }) => ({ start: iso(startedAt), answers, p50Ms, p99Ms })),
      };
    },
  };
  return board;

  function primaryStatus(name: string): Status['primaries'][number] {
    const known = activity.of(name);
    const { messages, bytes, oldestReceivedAt } = inFlight.of(name);
    return {
      name,
      state: known.sessions > 0 ? 'connected' : 'disconnected',
      since: iso(known.since),
      sessions: known.sessions,
      maxSessions: maxSessionsPerPrimary,
      remotes: [...known.remotes],
      lastNotification: isoOrNull(known.lastNotificationAt),
      lastAnswer: isoOrNull(known.lastAnswerAt),
      lastMinute: known.lastMinute,
      inFlight: {
        messages,
        bytes,
        oldestMs: oldestReceivedAt === null ? null : Math.max(0, now() - oldestReceivedAt),
      },
      resendsCoalesced: known.coalesced,
      pausedSessions: known.pausedSessions,
    };
  }

  function topics(): Status['kafka']['topics'] {
    return (['jobs', 'images', 'deadLetters'] as const).map((use) => {
      const name = config.kafka.topics[use];
      const { partitions = null, maxMessageBytes = null } = board.watch?.shapeOf(name) ?? {};
      return { use, name, partitions, maxMessageBytes };
    });
  }
}

interface Hearing {
  readonly activity: Activity;
  readonly connections: { authenticated: number; unauthenticated: number };
  readonly schemas: Map<string, RegisteredSchema>;
  readonly now: () => number;
}

/** Each event is told as before, and noted: in a few numbers, whatever the load. */
function heard(events: Events, { activity, connections, schemas, now }: Hearing): Events {
  return {
    ...events,
    opened(remote) {
      events.opened(remote);
      connections.unauthenticated++;
    },
    authenticated(primary, remote) {
      events.authenticated(primary, remote);
      connections.unauthenticated--;
      connections.authenticated++;
      activity.opened(primary, remote);
    },
    closed(primary, remote, code, byUs) {
      events.closed(primary, remote, code, byUs);
      connections[primary === null ? 'unauthenticated' : 'authenticated']--;
      if (primary !== null) activity.closed(primary, remote);
    },
    received(primary, message, bytes) {
      events.received(primary, message, bytes);
      if (message.kind === 'notification') activity.notified(primary, message.receivedAt);
    },
    answered(primary, receivedAt) {
      events.answered(primary, receivedAt);
      activity.answered(primary, now() - receivedAt);
    },
    paused(primary, active) {
      events.paused(primary, active);
      activity.paused(primary, active);
    },
    delivered(message, report) {
      events.delivered(message, report);
      if (report.deadLetters.length > 0) activity.deadLetters(report.deadLetters);
    },
    coalesced(resend) {
      events.coalesced(resend);
      activity.coalesced(resend.primary);
    },
    tokensReloaded(changes) {
      events.tokensReloaded(changes);
      for (const primary of changes.added) activity.added(primary);
    },
    schemaInUse(schema, before) {
      events.schemaInUse(schema, before);
      schemas.set(schema.subject, schema);
    },
  };
}

function firstReason(checks: Readonly<Record<string, string | null>>, names: readonly string[]) {
  return names.map((name) => checks[name] ?? null).find((reason) => reason !== null) ?? null;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}
