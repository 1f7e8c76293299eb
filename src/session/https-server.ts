import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type ClientCertificateRules, clientCertificateFault } from './client-certificate.ts';
import { answerPlainRequest, endWith, foreignOrigin, upgradeFault } from './plain-http.ts';
import { type ListenerCertificate, secureContextOf } from './tls.ts';

/** What becomes of connections before they are upgraded. */
export interface HttpsEvents {
  /** TLS or HTTP failed. @param reason a stable code of Node.js or OpenSSL */
  handshakeFailed(reason: string, socket: Socket): void;
  /** The client's certificate is missing or not valid. @param reason a stable code of ours or OpenSSL's */
  clientCertificateRefused(reason: string, socket: Socket): void;
  originRefused(origin: string, socket: Socket): void;
}

export interface HttpsOptions {
  /** The only one that is upgraded. */
  readonly path: string;
  readonly certificate: ListenerCertificate;
  readonly tls: ClientCertificateRules;
  /** Values of the Origin header that are let in; empty: all. */
  readonly allowedOrigins: readonly string[];
  /** For TLS, and again for the request line and the headers, in ms. */
  readonly handshakeTimeoutMs: number;
  readonly events: HttpsEvents;
  /** What asks for an upgrade and may have it, as far as TLS and HTTP can tell. */
  readonly onUpgrade: (request: IncomingMessage, socket: TLSSocket, head: Buffer) => void;
}

/** Request line and headers: a WebSocket upgrade has a few hundred bytes. */
const maxHeaderBytes = 8 * 1024;

/** TLS 1.2 and 1.3, HTTP/1.1 only. A plain request on the path gets 426, any other path 404; nothing is kept alive. */
export function createHttpsServer(options: HttpsOptions): Server {
  const { path, certificate, tls, allowedOrigins, handshakeTimeoutMs, events, onUpgrade } = options;
  const server = createServer({
    ...secureContextOf(certificate),
    // Never without a CA of ours: Node.js would take what any public CA has issued.
    requestCert: certificate.clientCa !== null,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: handshakeTimeoutMs,
    headersTimeout: handshakeTimeoutMs,
    requestTimeout: handshakeTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, handshakeTimeoutMs),
    maxHeaderSize: maxHeaderBytes,
    keepAlive: false,
  });
  // Also of TLS: Node.js hands a 'tlsClientError' on to this event.
  server.on('clientError', (error, socket) => {
    events.handshakeFailed(codeOf(error), socket as Socket);
    socket.destroy();
  });
  // Before the HTTP server, which then reads nothing from a client that is refused.
  if (certificate.clientCa !== null) server.prependListener('secureConnection', checkClient);
  /** Their answer says "Connection: close" (RFC 9112, 9.6), so nothing that came along behind the request is looked at. */
  const answered = new WeakSet<Socket>();
  // Without the latter two Node.js would ask for the body, or keep the connection.
  for (const event of ['request', 'checkContinue', 'checkExpectation'] as const)
    server.on(event, (request, response) => {
      answered.add(request.socket);
      answerPlainRequest(request, response, path);
    });
  server.on('upgrade', (request, socket: TLSSocket, head) => {
    socket.on('error', () => socket.destroy());
    if (answered.has(socket)) return socket.destroySoon();
    const fault = upgradeFault(request, path);
    if (fault !== null) return endWith(socket, fault);
    const origin = foreignOrigin(request, allowedOrigins);
    if (origin === null) return onUpgrade(request, socket, head);
    events.originRefused(origin, socket);
    endWith(socket, '403 Forbidden');
  });
  return server;

  function checkClient(socket: TLSSocket): void {
    const fault = clientCertificateFault(socket, tls);
    if (fault === null) return;
    events.clientCertificateRefused(fault, socket);
    socket.destroy();
  }
}

/** A stable code of Node.js or OpenSSL. */
export function codeOf(error: Error & { code?: string }): string {
  return error.code ?? 'unknown';
}
