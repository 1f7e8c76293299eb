import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { addressText, withoutBrackets } from '../address.ts';
import { connectTcp } from '../outbound/connect.ts';
import { type EndpointFrame, readEndpointFrame } from './answer.ts';
import { newMessageId, nowSeconds } from './message.ts';
import { adviceFor, adviceForStatus, tokenAdvice } from './probe-advice.ts';
import { failureOf, type GivenTls, StepFailure, tlsFailureOf } from './probe-failure.ts';

/** What NetBackup does one after the other until it has its first answer. */
export const probeSteps = ['tcp', 'tls', 'http', 'connect', 'notification'] as const;
export type ProbeStep = (typeof probeSteps)[number];

export interface StepResult {
  readonly step: ProbeStep;
  readonly ok: boolean;
  readonly ms: number;
  /** What was seen. */
  readonly text: string;
  /** What to do about a failure. */
  readonly advice: string | null;
  /** Whether it was the token that was refused. */
  readonly denied: boolean;
}

export interface ProbeOptions {
  readonly url: URL;
  readonly token: string;
  /** Made of what is in `given`. */
  readonly secureContext: SecureContext;
  readonly given: GivenTls;
  /** Asked for in SNI, and looked for in the certificate. Default: the host of the URL. */
  readonly servername: string | undefined;
  /** Begins with a header of the PROXY protocol, as a load balancer does that speaks for itself. */
  readonly proxyProtocol: boolean;
  /** For all steps together. */
  readonly timeoutMs: number;
  readonly onStep: (result: StepResult) => void;
}

/** Version 1, "UNKNOWN": the balancer itself (HAProxy's proxy-protocol.txt, 2.1). */
const proxyHeader = 'PROXY UNKNOWN\r\n';
const maxAnswerBytes = 64 * 1024;
/** How long the endpoint's half of an orderly close is waited for. */
const closeTimeoutMs = 1000;

/** Goes through the steps until one fails. Never rejects; ends within `timeoutMs`. @returns the last step's result */
export async function probe(options: ProbeOptions): Promise<StepResult> {
  const { url, timeoutMs, onStep } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const late = new Promise<never>((_, reject) => {
    deadline.addEventListener('abort', () =>
      reject(new StepFailure(`nothing within ${timeoutMs / 1000} s`, adviceFor('timeout'))),
    );
  });
  late.catch(() => {});
  using open = new DisposableStack();

  async function attempt<T>(step: ProbeStep, run: () => Promise<readonly [T, string]>) {
    const begun = performance.now();
    const told = (ok: boolean, text: string, advice: string | null, denied: boolean): StepResult => {
      const result = { step, ok, ms: Math.round(performance.now() - begun), text, advice, denied };
      onStep(result);
      return result;
    };
    try {
      // The connection has the bound itself, and then says which addresses were tried.
      const [value, text] = await (step === 'tcp' ? run() : Promise.race([run(), late]));
      return { value, result: told(true, text, null, false) };
    } catch (error) {
      const failure = failureOf(error);
      return { value: null, result: told(false, failure.message, failure.advice, failure.denied) };
    }
  }

  const tcp = await attempt('tcp', () => openTcp(options, open));
  if (tcp.value === null) return tcp.result;
  const raw = tcp.value;
  const tls = await attempt('tls', () => openTls(raw, options, open));
  if (tls.value === null) return tls.result;
  const secured = tls.value;
  const http = await attempt('http', () => upgrade(url, secured, options.given));
  if (http.value === null) return http.result;
  const conversation = http.value;
  const connected = await attempt('connect', () => connectRequest(conversation, options.token));
  if (connected.value === null) return connected.result;
  const { result } = await attempt('notification', () => emptyNotification(conversation));
  await conversation.close();
  return result;
}

async function openTcp(
  { url, proxyProtocol: proxied, timeoutMs }: ProbeOptions,
  open: DisposableStack,
): Promise<readonly [Socket, string]> {
  const [host, port] = [hostOf(url), Number(url.port || 443)];
  const socket = open.adopt(await connectTcp({ host, port, timeoutMs }), (each) => each.destroy());
  // From here on each step tells of errors in its own words.
  socket.on('error', () => {});
  if (proxied) socket.write(proxyHeader);
  const { remoteAddress = host } = socket;
  return [socket, `connected to ${addressText({ host: remoteAddress, port })}`];
}

async function openTls(
  raw: Socket,
  { url, servername, secureContext, given }: ProbeOptions,
  open: DisposableStack,
): Promise<readonly [TLSSocket, string]> {
  const host = servername ?? hostOf(url);
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket = open.adopt(
    connectTls({ socket: raw, host, secureContext, ALPNProtocols: ['http/1.1'], ...named }),
    (each) => each.destroy(),
  );
  await once(socket, 'secureConnect').catch((error: unknown) => {
    throw tlsFailureOf(error, null, given);
  });
  socket.on('error', () => {});
  const { subject, valid_to: until } = socket.getPeerCertificate();
  const name = [subject?.CN ?? 'a certificate without a common name'].flat().join(', ');
  return [socket, `${socket.getProtocol()}, certificate of ${name}, which names ${host}, until ${until}`];
}

/** What the WebSocket brings, one frame at a time. */
interface Conversation {
  send(message: object): void;
  /** The next frame. @throws StepFailure where the connection ends first */
  next(): Promise<EndpointFrame>;
  close(): Promise<void>;
}

async function upgrade(
  url: URL,
  secured: TLSSocket,
  given: GivenTls,
): Promise<readonly [Conversation, string]> {
  const socket = new WebSocket(url, {
    createConnection: () => secured,
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: maxAnswerBytes,
  });
  const frames: EndpointFrame[] = [];
  let news = Promise.withResolvers<void>();
  let ended: string | null = null;
  const tell = (): void => {
    news.resolve();
    news = Promise.withResolvers();
  };
  socket.on('message', (data: Buffer) => {
    frames.push(readEndpointFrame(data.toString()));
    tell();
  });
  socket.on('close', (code, reason) => {
    ended = `closed with ${code}${reason.length > 0 ? ` "${reason.toString()}"` : ''}`;
    tell();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.on('error', (error) => reject(tlsFailureOf(error, secured.getProtocol(), given)));
    socket.once('unexpected-response', (_request, { statusCode = 0 }) => {
      reject(new StepFailure(`HTTP ${statusCode} for ${url.pathname}`, adviceForStatus(statusCode)));
    });
  });
  const conversation: Conversation = {
    send: (message) => socket.send(JSON.stringify(message)),
    async next() {
      for (;;) {
        const frame = frames.shift();
        if (frame !== undefined) return frame;
        if (ended !== null) throw new StepFailure(ended, adviceFor('closed'));
        await news.promise;
      }
    },
    async close() {
      if (ended !== null) return;
      const timer = setTimeout(() => socket.terminate(), closeTimeoutMs);
      socket.close(1000);
      await once(socket, 'close');
      clearTimeout(timer);
    },
  };
  return [conversation, `HTTP 101 for ${url.pathname}`];
}

async function connectRequest(to: Conversation, token: string): Promise<readonly [true, string]> {
  const id = newMessageId();
  to.send(requestOf('CONNECT', id, { token }));
  const frame = await to.next();
  if (frame.kind !== 'connect-response' || frame.id !== id) throw unexpected(frame);
  if (frame.valid === true) return [true, 'the token is valid'];
  throw new StepFailure('the endpoint refused the token (valid: false)', tokenAdvice, true);
}

async function emptyNotification(to: Conversation): Promise<readonly [true, string]> {
  const id = newMessageId();
  to.send(requestOf('NOTIFICATION', id, []));
  const frame = await to.next();
  if (frame.kind !== 'answer' || frame.id !== id || frame.fault !== undefined) throw unexpected(frame);
  return [true, 'an empty notification was answered'];
}

function requestOf(type: 'CONNECT' | 'NOTIFICATION', id: string, payload: unknown): object {
  return { version: '1.0', id, type, subType: 'REQUEST', timeStamp: nowSeconds(), payload };
}

function unexpected(frame: EndpointFrame): StepFailure {
  const what = frame.kind === 'violation' ? frame.detail : `a ${frame.kind} with the id ${frame.id}`;
  return new StepFailure(`an answer that NetBackup would not expect: ${what}`, adviceFor('not-websocket'));
}

/** An IPv6 address without its brackets. */
function hostOf({ hostname }: URL): string {
  return withoutBrackets(hostname);
}
