import { isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { callbackify } from 'node:util';
import { type ClientOptions, type RawData, WebSocket } from 'ws';

import { withoutBrackets } from '../address.ts';
import { connectTcp } from '../outbound/connect.ts';
import { type EndpointFrame, readEndpointFrame, type ViolationKind } from './answer.ts';
import type { ConnectFailure, ConnectResult } from './events.ts';
import { codeOf, connectFailure } from './failure.ts';
import { keepAlive } from './keep-alive.ts';
import { newMessageId, nowSeconds } from './message.ts';
import type { SimulatorSettings } from './options.ts';
import type { Link } from './outbox.ts';

export interface ConnectionHandlers {
  /** A frame after the CONNECT RESPONSE. */
  onFrame(frame: EndpointFrame): void;
  onViolation(kind: ViolationKind, detail: string): void;
  /** Once for each WebSocket that was opened, established or not; nothing else is called after it. */
  onClose(code: number, reason: string): void;
}

export interface Connection extends Link {
  /** Settles within `connectTimeoutMs` plus `closeTimeoutMs`; anything but `established` means closed. */
  readonly result: Promise<ConnectResult>;
  /** Closes with 1000; settles when closed, at the latest after `closeTimeoutMs`. */
  close(): Promise<void>;
  /** Cuts the connection without a close frame, as a failing network does. */
  cut(): void;
}

/** Answers are small; a frame above it ends the connection (close code 1009). */
const maxAnswerBytes = 1024 * 1024;

/** What some Java WebSocket clients turn into protocol errors (Tomcat's, Undertow's). */
const forbiddenCloseCodes: ReadonlySet<number> = new Set([1012, 1013]);

type SocketCallback = (error: Error | null, socket?: TLSSocket) => void;

/** `ws` hands it to Node's HTTP, which takes the socket by a callback too; the types of `ws` don't have that. */
function connectionBy(open: () => Promise<TLSSocket>): ClientOptions['createConnection'] {
  const connect = callbackify(open);
  return ((_options: unknown, done: SocketCallback) =>
    connect(done)) as unknown as ClientOptions['createConnection'];
}

/** The TLS handshake has begun; `ws` and HTTP hear how it ends. */
async function openTls(settings: SimulatorSettings, signal: AbortSignal): Promise<TLSSocket> {
  const { url, secureContext, connectTimeoutMs: timeoutMs } = settings;
  const host = withoutBrackets(url.hostname);
  const raw = await connectTcp({ host, port: Number(url.port || 443), timeoutMs, signal });
  const servername = settings.servername ?? (isIP(host) === 0 ? host : '');
  return connectTls({ socket: raw, host, servername, secureContext });
}

/** Opens a connection and does the CONNECT exchange; every outcome is in `result`, nothing is thrown. */
export function openConnection(settings: SimulatorSettings, handlers: ConnectionHandlers): Connection {
  const begun = performance.now();
  const connectId = newMessageId();
  const { promise: result, resolve } = Promise.withResolvers<ConnectResult>();
  const closed = Promise.withResolvers<void>();
  let phase: 'opening' | 'authenticating' | 'established' = 'opening';
  /** Set before the close that it causes, and reported with it. */
  let outcome: ConnectResult | undefined;

  const given = new AbortController();
  const socket = new WebSocket(settings.url, {
    createConnection: connectionBy(() => openTls(settings, given.signal)),
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: maxAnswerBytes,
  });

  const deadline = setTimeout(() => {
    const missing = phase === 'opening' ? 'no WebSocket' : 'no CONNECT RESPONSE';
    fail('timeout', `${missing} within ${settings.connectTimeoutMs} ms`);
    socket.terminate();
  }, settings.connectTimeoutMs);

  function fail(reason: ConnectFailure, detail: string): void {
    outcome ??= { outcome: 'failed', reason, detail };
  }

  async function close(): Promise<void> {
    fail('stopped', 'the simulator was closed');
    const bound = setTimeout(() => socket.terminate(), settings.closeTimeoutMs);
    socket.close(1000);
    await closed.promise;
    clearTimeout(bound);
  }

  function onMessage(data: RawData, isBinary: boolean): void {
    // What comes after our own close frame is nobody's answer any more.
    if (socket.readyState !== WebSocket.OPEN) return;
    // `ws` hands text over as one Buffer.
    if (isBinary || !Buffer.isBuffer(data)) {
      return handlers.onViolation('binary-frame', 'a binary frame, which is passed over');
    }
    const frame = readEndpointFrame(data.toString());
    if (frame.kind === 'violation' && frame.undecodable && !settings.ignoreUndecodable) {
      fail('bad-connect-response', frame.detail);
      void close();
    }
    if (phase === 'established' || frame.kind === 'violation') return handlers.onFrame(frame);
    if (frame.kind !== 'connect-response') {
      return handlers.onViolation('before-connect-response', `${frame.kind} of id ${frame.id}`);
    }
    if (frame.id !== connectId) {
      return handlers.onViolation(
        'unknown-id',
        `CONNECT RESPONSE with id ${frame.id} instead of ${connectId}`,
      );
    }
    onConnectResponse(frame.valid);
  }

  function onConnectResponse(valid: boolean | undefined): void {
    clearTimeout(deadline);
    if (valid === true) {
      phase = 'established';
      resolve({ outcome: 'established', durationMs: performance.now() - begun });
      return;
    }
    const detail = 'CONNECT RESPONSE without a payload.valid of true or false';
    if (valid === undefined) handlers.onViolation('bad-payload', detail);
    outcome ??=
      valid === false
        ? { outcome: 'refused' }
        : { outcome: 'failed', reason: 'bad-connect-response', detail };
    void close();
  }

  socket.on('open', () => {
    phase = 'authenticating';
    keepAlive(socket, settings.keepAliveMs);
    const envelope = {
      version: '1.0',
      id: connectId,
      type: 'CONNECT',
      subType: 'REQUEST',
      timeStamp: nowSeconds(),
    };
    socket.send(JSON.stringify({ ...envelope, payload: { token: settings.token } }));
  });
  socket.on('message', onMessage);
  socket.on('unexpected-response', (_request, response) => {
    const path = `${settings.url.pathname}${settings.url.search}`;
    fail('http-status', `HTTP ${response.statusCode} for ${path}; is this the path of the endpoint?`);
    socket.terminate();
  });
  socket.on('error', (error) => {
    if (codeOf(error).startsWith('WS_ERR_')) handlers.onViolation('websocket-protocol', error.message);
    const { reason, detail } = connectFailure(error);
    fail(reason, detail);
  });
  socket.on('close', (code, reasonBytes) => {
    clearTimeout(deadline);
    given.abort(new Error('the connection was given up'));
    const reason = reasonBytes.toString();
    fail('closed', `closed with ${code}${reason === '' ? '' : ` "${reason}"`} before the CONNECT RESPONSE`);
    if (forbiddenCloseCodes.has(code)) {
      handlers.onViolation(
        'forbidden-close-code',
        `closed with ${code}, a protocol error for some Java clients (Tomcat, Undertow)`,
      );
    }
    if (phase !== 'opening') handlers.onClose(code, reason);
    if (outcome !== undefined) resolve(outcome);
    closed.resolve();
  });

  return {
    result,
    send: (frame) => socket.send(frame, { binary: false }),
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    close,
    cut: () => socket.terminate(),
  };
}
