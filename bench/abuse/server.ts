/** The endpoint for NetBackup in a process of its own, with the bridge's default limits; its messages go nowhere. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { createHealth } from '../../src/admin/health.ts';
import { startAdmin } from '../../src/admin/server.ts';
import { limits as limitsSchema } from '../../src/config/limits.ts';
import { session as sessionSchema } from '../../src/config/listen.ts';
import { createEvents } from '../../src/events.ts';
import { createExposition } from '../../src/exposition.ts';
import { createMetrics, presetMetrics } from '../../src/metrics.ts';
import { createInFlight } from '../../src/pipeline/in-flight.ts';
import { loadCredentials } from '../../src/session/credentials.ts';
import { networkOf } from '../../src/session/peer.ts';
import { listen } from '../../src/session/server.ts';
import { createTestPki } from '../../tools/certificates.ts';
import { sampleStatus } from '../../tools/sample-status.ts';
import type { Endpoint } from './wire.ts';

/** What the server is given as its argument, as JSON. */
export interface ServerOptions {
  readonly tokens: Readonly<Record<string, string>>;
  /** Which may all be of one primary. */
  readonly maxConnections?: number;
  readonly attemptsPerAddress?: number;
}

/** Its first message. */
export type ServerStarted = Endpoint;

/** Its answer to each message: since the one before, and after a garbage collection. */
export interface ServerFigures {
  readonly residentBytes: number;
  /** The most since the process began. */
  readonly peakBytes: number;
  readonly longestStallMs: number;
  readonly sessions: number;
}

/** Between two looks at the event loop: what is above it is a stall. */
const resolutionMs = 5;

const given = JSON.parse(process.argv[2] ?? '{}') as ServerOptions;
const directory = mkdtempSync(join(tmpdir(), 'nbwss-bench-'));
for (const [primary, token] of Object.entries(given.tokens)) writeFileSync(join(directory, primary), token);
const credentials = loadCredentials(directory);
rmSync(directory, { recursive: true });

const pki = await createTestPki();
const defaults = limitsSchema.parse({});
const { unauthenticated } = defaults;
const log = pino({ level: 'info' }, pino.destination('/dev/null'));
const metrics = createMetrics();
/** As many as a large site has. */
const primaries = Array.from({ length: 50 }, (_, n) => `primary${n}`);
presetMetrics(metrics, primaries, ['netbackup.jobs', 'netbackup.images', 'netbackup.dead-letters']);
const admin = await startAdmin({
  host: '127.0.0.1',
  port: 0,
  hostNames: [],
  allowDrain: true,
  health: createHealth(),
  metrics: createExposition({
    metrics,
    inFlight: createInFlight(defaults.inFlight, () => primaries.length),
    primaries: () => primaries,
    openConnections: () => listener.connections,
  }),
  status: () => {
    const status = sampleStatus(Date.now());
    const [primary] = status.primaries;
    return {
      ...status,
      primaries: primary === undefined ? [] : primaries.map((name) => ({ ...primary, name })),
    };
  },
  closeSessions: () => 0,
  networkOf,
});
const listener = await listen({
  host: '127.0.0.1',
  port: 0,
  path: '/nbwss',
  proxyProtocol: false,
  certificate: { cert: pki.cert, key: pki.key, clientCa: null, notBefore: 0, notAfter: 0, subject: '' },
  tls: { clientCertificate: 'required', clientNameIsPrimary: false },
  allowedOrigins: [],
  credentials: () => credentials,
  deliver: () => Promise.resolve(),
  relief: () => null,
  room: () => null,
  responsePayload: 'array',
  limits: {
    ...defaults,
    ...sessionSchema.parse({}),
    maxConnections: given.maxConnections ?? defaults.maxConnections,
    maxSessionsPerPrimary: given.maxConnections ?? defaults.maxSessionsPerPrimary,
    maxUnauthenticatedBytes: unauthenticated.maxBytes,
    gate: {
      ...unauthenticated,
      attemptsPerAddress: given.attemptsPerAddress ?? unauthenticated.attemptsPerAddress,
    },
  },
  events: createEvents(log, metrics, Date.now),
  now: Date.now,
});

const loop = monitorEventLoopDelay({ resolution: resolutionMs });
loop.enable();
process.on('message', () => void report());
process.on('disconnect', () => process.exit());
process.send?.({ port: listener.port, adminPort: admin.port, ca: pki.ca } satisfies ServerStarted);

async function report(): Promise<void> {
  const longestStallMs = Math.max(0, loop.max / 1e6 - resolutionMs);
  globalThis.gc?.();
  // Sockets and their TLS are freed in later turns.
  await delay(200);
  globalThis.gc?.();
  const residentBytes = process.memoryUsage.rss();
  process.send?.({
    residentBytes,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    longestStallMs,
    sessions: listener.sessions.size,
  } satisfies ServerFigures);
  // The collections above are no stall of the server's.
  setImmediate(() => loop.reset());
}
