import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

import { reasonOf, UsageError } from '../errors.ts';
import type { SimulatorEvent } from './events.ts';
import type { Answer } from './outbox.ts';

/** How a simulated NetBackup behaves. All times are milliseconds. */
export interface SimulatorOptions {
  /** The endpoint; `wss:` only, as NetBackup has it. */
  readonly url: string;
  readonly token: string;
  /** PEM of the only certificate authorities to trust (NetBackup pins one); without it, those of Node.js and the system. */
  readonly ca?: string | Buffer | undefined;
  /** The name to send in SNI and to verify; without it, the host of the URL. */
  readonly servername?: string | undefined;
  /** An unanswered notification is sent again after this time (NetBackup: notification.scheduledRate, 5 s). */
  readonly scheduledRateMs?: number | undefined;
  /** Between two WebSocket pings; the third without a pong closes (NetBackup: keepAlive.scheduledRate, 30 s). */
  readonly keepAliveMs?: number | undefined;
  /**
   * From the end of a connection to the next attempt. NetBackup's connection process runs every 60 s
   * (connectionInfo.period), so its wait is anything up to that; 5 s keep a trial short.
   */
  readonly reconnectMs?: number | undefined;
  /** From the start of an attempt to its CONNECT RESPONSE; how long NetBackup waits isn't documented (10 s). */
  readonly connectTimeoutMs?: number | undefined;
  /** How long an orderly close waits for the endpoint's half (2 s). */
  readonly closeTimeoutMs?: number | undefined;
  /** How many notifications may be unanswered at a time (1); Infinity for no limit. NetBackup's number isn't documented. */
  readonly inFlight?: number | undefined;
  /** Go on after an answer that can't be decoded; NetBackup closes (exception.ignoreDecoder = false). */
  readonly ignoreUndecodable?: boolean | undefined;
  readonly onAnswer?: ((answer: Answer) => void) | undefined;
  readonly onEvent?: ((event: SimulatorEvent) => void) | undefined;
  /** Its abort closes the simulator. */
  readonly signal?: AbortSignal | undefined;
}

/** The options with every default in place. */
export interface SimulatorSettings {
  readonly url: URL;
  readonly token: string;
  readonly secureContext: SecureContext;
  readonly servername: string | undefined;
  readonly scheduledRateMs: number;
  readonly keepAliveMs: number;
  readonly reconnectMs: number;
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly inFlight: number;
  readonly ignoreUndecodable: boolean;
}

/** Node's timers fire at once above this. */
const maxTimerMs = 2 ** 31 - 1;

/** @throws UsageError for an option that can't work. */
export function resolveSettings(options: SimulatorOptions): SimulatorSettings {
  if (options.token === '') throw new UsageError('the token is empty; give the one that the endpoint knows');
  const { inFlight = 1 } = options;
  if (inFlight !== Infinity && !(Number.isInteger(inFlight) && inFlight >= 1)) {
    throw new UsageError(`inFlight must be a whole number from 1, not ${inFlight}`);
  }
  return {
    url: endpointUrl(options.url),
    token: options.token,
    secureContext: secureContextOf(options.ca),
    servername: options.servername,
    scheduledRateMs: milliseconds('scheduledRateMs', options.scheduledRateMs ?? 5_000),
    keepAliveMs: milliseconds('keepAliveMs', options.keepAliveMs ?? 30_000),
    reconnectMs: milliseconds('reconnectMs', options.reconnectMs ?? 5_000),
    connectTimeoutMs: milliseconds('connectTimeoutMs', options.connectTimeoutMs ?? 10_000),
    closeTimeoutMs: milliseconds('closeTimeoutMs', options.closeTimeoutMs ?? 2_000),
    inFlight,
    ignoreUndecodable: options.ignoreUndecodable ?? false,
  };
}

/** @throws UsageError for what is no wss:// URL */
export function endpointUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null)
    throw new UsageError(`"${text}" is no URL; give one like wss://bridge.example.com:8443/nbwss`);
  if (url.protocol !== 'wss:') {
    throw new UsageError(`"${text}" isn't a wss:// URL; NetBackup connects over TLS only`);
  }
  if (url.hash !== '')
    throw new UsageError(`"${text}" has a fragment (${url.hash}), which a WebSocket URL can't have`);
  return url;
}

/**
 * @param ca PEM of the only CAs to trust; without it, those of Node.js and the system
 * @param own the client certificate and its key, PEM, which are a pair
 * @throws UsageError
 */
export function secureContextOf(
  ca: string | Buffer | undefined,
  own: { readonly cert?: string; readonly key?: string } = {},
): SecureContext {
  if (ca === undefined) {
    const trusted = new Set([...getCACertificates('default'), ...getCACertificates('system')]);
    return createSecureContext({ ...own, ca: [...trusted], minVersion: 'TLSv1.2' });
  }
  return createSecureContext({ ...own, ca: certificatesOf(ca.toString(), 'the CA'), minVersion: 'TLSv1.2' });
}

/**
 * The certificates in a PEM text, each of which can be read: createSecureContext passes over others, and would then trust nobody.
 * @param what holds them
 * @throws UsageError
 */
export function certificatesOf(pem: string, what: string): string[] {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  if (certificates === null)
    throw new UsageError(`${what} holds no PEM certificate ("-----BEGIN CERTIFICATE-----")`);
  try {
    return certificates.map((certificate) => new X509Certificate(certificate).toString());
  } catch (error) {
    throw new UsageError(`${what} holds a PEM certificate that can't be read: ${reasonOf(error)}`);
  }
}

function milliseconds(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= maxTimerMs) return value;
  throw new UsageError(
    `${name} must be a whole number of milliseconds from 1 to ${maxTimerMs}, not ${value}`,
  );
}
