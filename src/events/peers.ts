import type { SessionEvents } from '../session/session-events.ts';
import { v2MaxBytes } from '../session/proxy-header.ts';
import type { ProxyRefusal } from '../session/proxy-protocol.ts';
import type { ServerEvents } from '../session/server.ts';
import type { Telling } from './telling.ts';

/** From here on a close code is whatever the peer made up (RFC 6455, 7.4.2): one label for all of them. */
const firstFreeCloseCode = 3000;

/** Longer than any in good faith: a host name has 253 characters at most. */
const maxOriginLength = 300;

/** With listen.proxyProtocol: why a connection isn't taken. */
const proxyRefusals: Readonly<Record<ProxyRefusal, string>> = {
  'proxy-header-missing':
    'it does not begin with a header of the PROXY protocol (listen.proxyProtocol): let the load balancer send one',
  'proxy-header-invalid':
    'its header of the PROXY protocol is not valid: see that the load balancer sends version 1 or 2 for TCP',
  'proxy-header-too-long': `its header of the PROXY protocol is too long: version 1 has 107 bytes at most, and of version 2 ${v2MaxBytes} are taken: let the load balancer send fewer TLVs`,
  'proxy-header-timeout':
    'its header of the PROXY protocol did not come in time (limits.handshakeTimeoutMs): see what connects past the load balancer',
  'proxy-header-crowd':
    'too many connections wait for their header of the PROXY protocol (limits.unauthenticated.maxConnections), and it was the oldest: see what connects past the load balancer',
};

/** What peers do, and what is done to them. */
export function createPeerEvents({
  log,
  audit,
  seldom,
  seldomAudit,
  metrics,
  now,
}: Telling): SessionEvents & ServerEvents {
  const open = new Map<string, number>();

  function countOpen(primary: string, by: number): void {
    const count = (open.get(primary) ?? 0) + by;
    open.set(primary, count);
    metrics.primaryConnected.set({ primary }, count > 0 ? 1 : 0);
    const fields = { action: 'several-sessions', primary, sessions: count } as const;
    if (by > 0 && count > 1)
      seldom(`several sessions ${primary}`, 'warn', fields, 'the primary has several sessions');
  }

  return {
    opened(remote) {
      metrics.connectionsOpened.inc();
      metrics.connections.inc({ state: 'unauthenticated' });
      metrics.handshakes.inc({ result: 'success', reason: 'none' });
      log.debug({ action: 'connection-opened', remote }, 'connection opened');
    },
    authenticated(primary, remote) {
      metrics.authAttempts.inc({ result: 'success', reason: 'none' });
      metrics.connections.dec({ state: 'unauthenticated' });
      metrics.connections.inc({ state: 'authenticated' });
      countOpen(primary, 1);
      audit.info({ action: 'session-opened', primary, remote }, 'session opened');
    },
    probed(remote) {
      metrics.authAttempts.inc({ result: 'success', reason: 'none' });
      const fields = { action: 'probe-session-opened', remote } as const;
      seldomAudit('probed', 'info', fields, 'probed: a session with the token of the probe');
    },
    refused(remote, reason, primary) {
      metrics.authAttempts.inc({ result: 'failure', reason });
      audit.warn({ action: 'session-refused', remote, reason, primary }, 'session refused');
    },
    closed(primary, remote, code, byUs) {
      const initiator = byUs ? 'bridge' : 'peer';
      const label = code < firstFreeCloseCode ? String(code) : 'other';
      metrics.connectionsClosed.inc({ primary: primary ?? '', code: label, initiator });
      metrics.connections.dec({ state: primary === null ? 'unauthenticated' : 'authenticated' });
      if (primary === null) return;
      countOpen(primary, -1);
      audit.info({ action: 'session-closed', primary, remote, closeCode: code, initiator }, 'session closed');
    },
    handshakeFailed(reason, remote) {
      metrics.handshakes.inc({ result: 'failure', reason });
      log.debug({ action: 'handshake-failed', reason, remote }, 'handshake failed');
    },
    healthChecked(kind, remote) {
      metrics.healthChecks.inc({ kind });
      log.debug({ action: 'health-checked', kind, remote }, 'a connection ended without a request');
    },
    clientCertificateRefused(reason, remote) {
      metrics.handshakes.inc({ result: 'failure', reason });
      const fields = { action: 'client-certificate-refused', reason, remote } as const;
      seldomAudit(`certificate ${reason}`, 'warn', fields, 'client certificate refused');
    },
    originRefused(origin, remote) {
      const shown = origin.slice(0, maxOriginLength);
      const fields = { action: 'origin-refused', limit: 'origin', origin: shown, remote } as const;
      metrics.limitHits.inc({ limit: 'origin' });
      seldom('limit origin', 'warn', fields, 'Origin refused: it is not among listen.allowedOrigins');
    },
    proxyRefused(reason, remote) {
      metrics.handshakes.inc({ result: 'failure', reason });
      const fields = { action: 'proxy-header-refused', reason, remote } as const;
      seldom(`proxy ${reason}`, 'warn', fields, `connection refused: ${proxyRefusals[reason]}`);
    },
    gaveWay(primary, remote) {
      const limit = 'sessions-per-primary';
      metrics.limitHits.inc({ limit });
      const text =
        'the primary is at limits.maxSessionsPerPrimary: its oldest session gives way to a newer one';
      audit.warn({ action: 'session-gave-way', limit, primary, remote }, text);
    },
    serverLimitHit: limitHit,
    limitHit,
    paused(primary, active) {
      metrics.backpressure.inc({ primary }, active ? 1 : -1);
      const text = active ? 'back-pressure: the socket is paused' : 'back-pressure ended';
      const action = active ? 'back-pressure-started' : 'back-pressure-ended';
      seldom(`${text} ${primary}`, 'warn', { action, primary }, text);
    },
    received(primary, message, bytes) {
      metrics.receivedMessages.inc({
        primary,
        type: message.kind === 'ignored' ? message.type : message.kind,
      });
      metrics.receivedBytes.inc(bytes);
      if (message.kind === 'ignored') ignored(primary, message.type);
      if (message.kind !== 'notification') return;
      metrics.lastNotification.set({ primary }, message.receivedAt / 1000);
      message.oddities.forEach((what) => metrics.oddities.inc({ primary, what }));
    },
    answered(_primary, receivedAt) {
      metrics.answerDuration.observe((now() - receivedAt) / 1000);
    },
  };

  function limitHit(limit: string, remote: string): void {
    metrics.limitHits.inc({ limit });
    seldom(`limit ${limit}`, 'warn', { action: 'limit-reached', limit, remote }, 'limit reached');
  }

  function ignored(primary: string, type: string): void {
    seldom(`ignored ${primary}`, 'info', { action: 'message-ignored', primary, type }, 'message ignored');
  }
}
