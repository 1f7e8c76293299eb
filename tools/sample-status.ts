/** A status as a busy bridge has it, made up: for the picture of the page, and for its tests. */
import type { Status } from '../src/admin/status.ts';

const minuteMs = 60_000;

/** @param at Unix ms */
export function sampleStatus(at: number): Status {
  const ago = (ms: number) => new Date(at - ms).toISOString();
  return {
    at: ago(0),
    version: '0.1.0',
    since: ago(26 * 60 * minuteMs),
    configHash: '7b6f2d0c94f0be6d4fb1f9fce4c3f1f85cc3b1c6f2f8ab8d9f19b0d8c1f2a7e5',
    ready: true,
    draining: false,
    checks: ['schemas', 'kafka', 'topics', 'producer', 'listener', 'writes', 'connections', 'in flight'].map(
      (name) => ({
        name,
        ok: true,
        reason: null,
      }),
    ),
    connections: { authenticated: 2, unauthenticated: 1, open: 4, max: 1_000 },
    primaries: [
      {
        ...primary('nbu-berlin', ago),
        lastMinute: { answers: 412, p50Ms: 4, p95Ms: 11, p99Ms: 19 },
        inFlight: { messages: 3, bytes: 8_412, oldestMs: 6 },
        resendsCoalesced: 2,
      },
      {
        ...primary('nbu-madrid', ago),
        remotes: ['10.20.4.17:50112'],
        lastMinute: { answers: 96, p50Ms: 5, p95Ms: 13, p99Ms: 23 },
      },
      {
        ...primary('nbu-oslo', ago),
        state: 'disconnected',
        since: ago(7 * minuteMs),
        sessions: 0,
        remotes: [],
        lastNotification: ago(8 * minuteMs),
        lastAnswer: ago(8 * minuteMs),
        lastMinute: { answers: 0, p50Ms: null, p95Ms: null, p99Ms: null },
        resendsCoalesced: 14,
      },
    ],
    deadLetters: { 'no-client-name': 31, 'wrong-type': 2 },
    kafka: {
      up: true,
      reason: null,
      topics: (['jobs', 'images', 'deadLetters'] as const).map((use) => ({
        use,
        name: `netbackup.${use === 'deadLetters' ? 'dead-letters' : use}`,
        partitions: 12,
        maxMessageBytes: 1_048_588,
      })),
    },
    registry: {
      up: true,
      reason: null,
      schemas: [
        { subject: 'netbackup.jobs-value', version: 3, id: 11 },
        { subject: 'netbackup.images-value', version: 1, id: 8 },
        { subject: 'netbackup.dead-letters-value', version: 1, id: 9 },
      ],
    },
    certificate: {
      subject: 'CN=bridge.example.com',
      notBefore: ago(29 * 24 * 60 * minuteMs),
      notAfter: ago(-61 * 24 * 60 * minuteMs),
    },
    lastHour: Array.from({ length: 60 }, (_, index) => {
      const wave = Math.sin(index / 6) + Math.sin(index / 2.3) / 3;
      const answers = Math.round(430 + 160 * wave);
      const start = ago((59 - index) * minuteMs + (at % minuteMs));
      return {
        start,
        answers,
        p50Ms: 4 + (index % 3),
        p99Ms: Math.round(18 + 6 * wave + (index === 41 ? 60 : 0)),
      };
    }),
  };
}

/** As it is when all is not well. @param at Unix ms */
export function troubledStatus(at: number): Status {
  const status = sampleStatus(at);
  const reason = "can't ask Kafka for its topics: Connection timeout <broker-1:9092>";
  const expired = new Date(at - 3 * 60 * minuteMs).toISOString();
  return {
    ...status,
    ready: false,
    checks: status.checks.map((check) =>
      check.name === 'kafka' ? { name: 'kafka', ok: false, reason } : check,
    ),
    primaries: status.primaries.map((each) => ({ ...each, pausedSessions: each.sessions })),
    deadLetters: {},
    kafka: { ...status.kafka, up: false, reason },
    registry: { up: false, reason: 'the schema registry does not answer', schemas: [] },
    certificate: { ...status.certificate, notAfter: expired },
    lastHour: status.lastHour.map(({ start }) => ({ start, answers: 0, p50Ms: null, p99Ms: null })),
  };
}

function primary(name: string, ago: (ms: number) => string): Status['primaries'][number] {
  return {
    name,
    state: 'connected',
    since: ago(25 * 60 * minuteMs),
    sessions: 1,
    maxSessions: 16,
    remotes: ['10.20.1.5:41822'],
    lastNotification: ago(1_200),
    lastAnswer: ago(1_190),
    lastMinute: { answers: 0, p50Ms: null, p95Ms: null, p99Ms: null },
    inFlight: { messages: 0, bytes: 0, oldestMs: null },
    resendsCoalesced: 0,
    pausedSessions: 0,
  };
}
