import { once } from 'node:events';
import { type ClientRequest, type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { withoutBrackets } from '../address.ts';
import { connectTcp, type TcpOptions } from './connect.ts';
import {
  connectProxy,
  openTunnel,
  type Proxy,
  ProxyError,
  proxyFor,
  proxyHeaders,
  refusedBy,
  secureProxy,
} from './proxy.ts';
import { explainClosed, explainTls, readTlsFiles, type TlsFiles, type TlsMaterial } from './tls.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly tls: TlsFiles;
  /** From the connection to the end of the answer, in ms. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A schema registry's answers are some KiB, a token's one. */
const maxAnswerBytes = 4_194_304;

/**
 * One HTTP request on a connection of its own, with the certificates that are in the files now, through the proxy that the environment
 * names for the URL. (`fetch` takes no CA without a package that includes another copy of it; the agents of Node.js give up an address of a
 * proxy after 250 ms.) Redirects aren't followed: a secret goes where the configuration says, or nowhere.
 * @throws an Error that says why there is no answer; ProxyError; SecretFileError
 */
export async function callHttp(call: HttpCall): Promise<HttpAnswer> {
  const url = new URL(call.url);
  const deadline = performance.now() + call.timeoutMs;
  const proxy = proxyFor(url);
  const files = url.protocol === 'https:' ? readTlsFiles(call.tls) : null;
  const raw = await (proxy === null
    ? connectTcp(target(url, call.timeoutMs))
    : connectProxy(proxy, call.timeoutMs));
  // Stays for what comes of its end.
  raw.on('error', () => {});
  using bound = boundOf(call.timeoutMs, deadline);
  try {
    return await Promise.race([exchange(call, url, files, { raw, proxy }), bound.late]);
  } catch (error) {
    if (error instanceof ProxyError) throw error;
    const isReset = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
    const explained =
      explainTls(error, url.host, call.tls) ??
      (isReset && files !== null ? explainClosed(url.host, call.tls) : null);
    throw explained === null ? error : new Error(explained, { cause: error });
  } finally {
    raw.destroy();
  }
}

/** Where a call goes: to the proxy, or to the server itself. */
interface Way {
  readonly raw: Socket;
  readonly proxy: Proxy | null;
}

/** @param files null without TLS */
async function exchange(
  call: HttpCall,
  url: URL,
  files: TlsMaterial | null,
  { raw, proxy }: Way,
): Promise<HttpAnswer> {
  const socket = proxy === null ? raw : await secureProxy(proxy, raw);
  if (files === null) return await answerOf(requestOn(socket, url, call, proxy), call.body);
  if (proxy !== null) await openTunnel(proxy, socket, url);
  return await answerOf(requestOn(await secure(socket, url, files), url, call, null), call.body);
}

function target({ protocol, hostname, port }: URL, timeoutMs: number): TcpOptions {
  const byDefault = protocol === 'https:' ? 443 : 80;
  return { host: withoutBrackets(hostname), port: Number(port || byDefault), timeoutMs };
}

/** @returns a promise that rejects when the time is over */
function boundOf(timeoutMs: number, deadline: number): Disposable & { readonly late: Promise<never> } {
  const { promise: late, reject } = Promise.withResolvers<never>();
  late.catch(() => {});
  const timer = setTimeout(
    () => reject(new Error(`timeout: no answer in ${timeoutMs} ms`)),
    Math.max(1, deadline - performance.now()),
  );
  return { late, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** TLS with the URL's host, over a connection or a tunnel. */
async function secure(raw: Socket, url: URL, files: TlsMaterial): Promise<TLSSocket> {
  const host = withoutBrackets(url.hostname);
  const name = isIP(host) === 0 ? { servername: host } : {};
  const secured = connectTls({ socket: raw, host, minVersion: 'TLSv1.2', ...name, ...files });
  await once(secured, 'secureConnect');
  // As above.
  secured.on('error', () => {});
  return secured;
}

/** @param proxy the one that is asked to ask; null where the connection leads to the server */
function requestOn(
  socket: Socket,
  url: URL,
  { method, headers, body }: HttpCall,
  proxy: Proxy | null,
): Exchange {
  const request = requestHttp({
    method,
    // RFC 9112, 3.2.2
    path: proxy === null ? `${url.pathname}${url.search}` : url.href,
    headers: {
      ...headers,
      host: url.host,
      connection: 'close',
      ...(body === undefined ? undefined : { 'content-length': Buffer.byteLength(body) }),
      ...(proxy === null ? undefined : proxyHeaders(proxy)),
    },
    createConnection: () => socket,
  });
  return { request, proxy };
}

interface Exchange {
  readonly request: ClientRequest;
  readonly proxy: Proxy | null;
}

async function answerOf({ request, proxy }: Exchange, body: string | undefined): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  // Stays for the errors that the end of the request brings about.
  request.on('error', reject);
  request.once('response', (response) => {
    const { statusCode: status = 0, statusMessage = '', headers } = response;
    const refused = proxy && refusedBy(proxy, status, statusMessage, headers['content-type'] ?? '');
    if (refused !== null) return reject(refused);
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('error', reject);
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxAnswerBytes) reject(new Error(`the answer is larger than ${maxAnswerBytes} bytes`));
    });
    response.once('end', () => resolve({ status, headers, text: Buffer.concat(chunks).toString('utf8') }));
    response.once('close', () => reject(new Error('the connection ended within the answer')));
  });
  request.end(body);
  return await promise;
}
