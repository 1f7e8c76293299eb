import { type RawData, WebSocket } from 'ws';

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

/** What Java WebSocket clients turn into protocol errors. */
const forbiddenCloseCodes: ReadonlySet<number> = new Set([1012, 1013]);

/** Opens a connection and does the CONNECT exchange; every outcome is in `result`, nothing is thrown. */
export function openConnection(settings: SimulatorSettings, handlers: ConnectionHandlers): Connection {
  const begun = performance.now();
  const connectId = newMessageId();
  const { promise: result, resolve } = Promise.withResolvers<ConnectResult>();
  const closed = Promise.withResolvers<void>();
  let phase: 'opening' | 'authenticating' | 'established' = 'opening';
  /** Set before the close that it causes, and reported with it. */
  let outcome: ConnectResult | undefined;

  // Options of tls.connect, which `ws` passes on.
  const tls = {
    secureContext: settings.secureContext,
    ...(settings.servername === undefined ? {} : { servername: settings.servername }),
  };
  const socket = new WebSocket(settings.url, {
    ...tls,
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
    const reason = reasonBytes.toString();
    fail('closed', `closed with ${code}${reason === '' ? '' : ` "${reason}"`} before the CONNECT RESPONSE`);
    if (forbiddenCloseCodes.has(code)) {
      handlers.onViolation('forbidden-close-code', `closed with ${code}, a protocol error for Java clients`);
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
