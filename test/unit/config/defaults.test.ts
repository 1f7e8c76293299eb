import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { required } from './given.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

test('what is not set is bounded as the operations contract says', () => {
  const { listen, admin, limits, session, kafka, registry, schemas, readiness, drain, tracing, records } =
    loadConfig({ flags: required });
  expect({ listen, admin }).toMatchObject({
    listen: { host: '0.0.0.0', port: 8443, path: '/nbwss', proxyProtocol: false, allowedOrigins: [] },
    admin: { host: '127.0.0.1', port: 9090, hostNames: [], allowDrain: false },
  });
  expect(limits).toEqual({
    unauthenticated: {
      maxBytes: 8 * KiB,
      connectTimeoutMs: 10_000,
      maxConnections: 50,
      attemptsPerAddress: 10,
      attemptsWindowMs: 10_000,
    },
    handshakeTimeoutMs: 10_000,
    maxPayloadBytes: 8 * MiB,
    maxFragments: 16_384,
    maxEntries: 20_000,
    maxValues: 400_000,
    maxNames: 10_000,
    maxDepth: 64,
    maxConnections: 1_000,
    maxSessionsPerPrimary: 16,
    maxBadFrames: 10,
    maxUnreadAnswerBytes: MiB,
    inFlight: {
      maxMessagesPerPrimary: 256,
      maxBytesPerPrimary: 16 * MiB,
      maxBytes: 32 * MiB,
      maxJoinsPerMessage: 16,
    },
    answered: { windowMs: 600_000, maxPerPrimary: 10_000 },
  });
  expect(session).toMatchObject({
    heartbeatIntervalMs: 20_000,
    heartbeatMisses: 3,
    pausedTimeoutMs: 120_000,
  });
  expect(kafka).toMatchObject({
    connectTimeoutMs: 3_000,
    requestTimeoutMs: 10_000,
    retryWaitCapMs: 2_000,
    livenessIntervalMs: 5_000,
    compression: 'none',
    maxRequestBytes: 10 * MiB,
    maxInFlightRequests: 5,
    producerIdExpirationMs: 86_400_000,
  });
  expect({ registry, schemas, readiness, drain }).toMatchObject({
    registry: { requestTimeoutMs: 5_000 },
    schemas: { refreshIntervalMs: 60_000 },
    readiness: { maxOldestInFlightMs: 60_000 },
    drain: { delayMs: 5_000, deadlineMs: 25_000 },
  });
  expect({ tracing: tracing.endpoint, cloudEvents: records.cloudEvents }).toEqual({
    tracing: undefined,
    cloudEvents: false,
  });
});
