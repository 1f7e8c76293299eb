import { once } from 'node:events';
import { createServer } from 'node:https';

import { type WebSocket, WebSocketServer } from 'ws';

import type { TestPki } from '../../tools/certificates.ts';

/** What the endpoint got, as parsed. */
export interface ReceivedMessage {
  readonly id: string;
  readonly type: string;
  readonly text: string;
  /** 1 for the first connection. */
  readonly connection: number;
}

/** Answers one message; whatever it leaves undone stays undone. */
type Script = (message: ReceivedMessage, socket: WebSocket, count: number) => void;

export interface ScriptedEndpoint extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly ReceivedMessage[];
  /** How many connections there were. */
  readonly connections: number;
}

export interface ScriptedEndpointOptions {
  readonly onConnect?: Script;
  /** `count`: how many NOTIFICATION REQUESTs there were by now, over all connections. */
  readonly onNotification?: Script;
  readonly autoPong?: boolean;
}

/** A response as a faithful endpoint sends it, with overrides. */
export function response(message: ReceivedMessage, overrides: Record<string, unknown> = {}): string {
  const payload = message.type === 'CONNECT' ? { valid: true } : [];
  const { id, type } = message;
  return JSON.stringify({
    version: '1.0',
    id,
    type,
    subType: 'RESPONSE',
    timeStamp: 1,
    payload,
    ...overrides,
  });
}

/** A wss endpoint on a free port of 127.0.0.1 that behaves as its scripts say, and by default as it should. */
export async function startScriptedEndpoint(
  pki: TestPki,
  options: ScriptedEndpointOptions = {},
): Promise<ScriptedEndpoint> {
  const answer: Script = (message, socket) => socket.send(response(message));
  const { onConnect = answer, onNotification = answer, autoPong = true } = options;
  const received: ReceivedMessage[] = [];
  const https = createServer({ cert: pki.cert, key: pki.key });
  const wss = new WebSocketServer({ server: https, path: '/nbwss', autoPong });
  let connections = 0;
  let notifications = 0;
  wss.on('connection', (socket) => {
    connections += 1;
    const connection = connections;
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      const { id, type }: { id: string; type: string } = JSON.parse(text);
      const message = { id, type, text, connection };
      received.push(message);
      if (type === 'CONNECT') return onConnect(message, socket, connection);
      notifications += 1;
      return onNotification(message, socket, notifications);
    });
  });
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  const address = https.address();
  if (address === null || typeof address === 'string') throw new Error('the endpoint has no port');
  return {
    url: `wss://localhost:${address.port}/nbwss`,
    received,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of wss.clients) socket.terminate();
      wss.close();
      https.close();
      https.closeAllConnections();
      await once(https, 'close');
    },
  };
}
