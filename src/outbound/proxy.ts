import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { getProxyForUrl } from 'proxy-from-env';
import { bracketed, withoutBrackets } from '../address.ts';
import { reasonOf } from '../errors.ts';
import { connectTcp } from './connect.ts';
import { said } from './said.ts';

/** What the environment says of the way to a URL: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, in upper or lower case. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** For `proxy-authorization`; undefined where the variable holds no user. */
  readonly authorization: string | undefined;
  /** What of it may be in no message. */
  readonly secrets: readonly string[];
  /** For messages: its address without user and password, and the variable that names it. */
  readonly text: string;
  readonly variable: string;
}

/** The proxy is in the way: it is away, it refuses, or what the environment says of it can't be used. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/** @returns null where the URL is reached without one @throws ProxyError */
export function proxyFor(url: URL): Proxy | null {
  const given = getProxyForUrl(url.href);
  if (given === '') return null;
  const variable = variableFor(url);
  const parsed = URL.parse(given);
  // The value may hold a password, so nothing of it is shown.
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new ProxyError(
      `${variable} names no proxy that can be used: it must be http://host:port or https://host:port`,
    );
  const { protocol, hostname, port, username, password } = parsed;
  const isTls = protocol === 'https:';
  const secret = decoded(password, variable);
  const basic = Buffer.from(`${decoded(username, variable)}:${secret}`).toString('base64');
  return {
    host: withoutBrackets(hostname),
    port: Number(port || (isTls ? 443 : 80)),
    isTls,
    authorization: username === '' && password === '' ? undefined : `Basic ${basic}`,
    secrets: [secret, basic],
    text: `the proxy ${protocol}//${parsed.host} (${variable})`,
    variable,
  };
}

/** As the library looks for it. */
function variableFor({ protocol }: URL): string {
  const names = [protocol.replace(':', '_proxy'), 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  return names.find((name) => (process.env[name] ?? '') !== '') ?? 'HTTPS_PROXY';
}

function decoded(part: string, variable: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ProxyError(`${variable} holds a user or password that isn't percent-encoded: write % as %25`);
  }
}

/** TCP alone: its TLS is secureProxy's. @throws ProxyError */
export async function connectProxy(
  { host, port, text, variable }: Proxy,
  timeoutMs: number,
): Promise<Socket> {
  try {
    return await connectTcp({ host, port, timeoutMs });
  } catch (error) {
    const advice = `check ${variable}, or name the host of the URL in NO_PROXY`;
    throw new ProxyError(`${text} can't be reached: ${reasonOf(error)}: ${advice}`);
  }
}

/** The connection as the proxy takes requests on it; it trusts the CAs that Node.js includes, and those of NODE_EXTRA_CA_CERTS. @throws ProxyError */
export async function secureProxy({ host, isTls, text }: Proxy, raw: Socket): Promise<Socket> {
  if (!isTls) return raw;
  const name = isIP(host) === 0 ? { servername: host } : {};
  const secured = connectTls({ socket: raw, host, minVersion: 'TLSv1.2', ...name });
  try {
    await once(secured, 'secureConnect');
  } catch (error) {
    throw new ProxyError(`TLS with ${text} failed: ${reasonOf(error)}`);
  } finally {
    // Stays for what comes of its end.
    secured.on('error', () => {});
  }
  return secured;
}

/**
 * A tunnel to the URL's host (RFC 9110, 9.3.6). @param socket to the proxy @throws ProxyError
 */
export async function openTunnel(proxy: Proxy, socket: Socket, url: URL): Promise<void> {
  const target = `${bracketed(withoutBrackets(url.hostname))}:${url.port || 443}`;
  const request = requestHttp({
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...proxyHeaders(proxy) },
    createConnection: () => socket,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Stays for what comes of its end.
  request.on('error', (error) =>
    reject(new ProxyError(`${proxy.text} gives no tunnel to ${target}: ${reasonOf(error)}`)),
  );
  request.once('connect', ({ statusCode = 0, statusMessage = '' }, _socket, head: Buffer) => {
    if (head.length > 0) socket.unshift(head);
    if (statusCode >= 200 && statusCode < 300) resolve();
    else
      reject(
        new ProxyError(
          `${proxy.text} refuses a tunnel to ${target}: ${refusal(proxy, statusCode, statusMessage)}`,
        ),
      );
  });
  request.end();
  await promise;
}

/** What a request by the proxy has beside its own headers. */
export function proxyHeaders({ authorization }: Proxy): Readonly<Record<string, string>> {
  return authorization === undefined ? {} : { 'proxy-authorization': authorization };
}

/** What a proxy answers in place of the server, where there is no tunnel; null for what may be the server's. */
export function refusedBy(proxy: Proxy, status: number, message: string, type: string): ProxyError | null {
  const isOwn =
    status === 407 || ((status === 502 || status === 503 || status === 504) && !type.includes('json'));
  return isOwn ? new ProxyError(`${proxy.text} answers: ${refusal(proxy, status, message)}`) : null;
}

/** The status line alone: the text of an answer may repeat our request with its password. */
function refusal({ variable, secrets }: Proxy, status: number, message: string): string {
  const words = `${status} ${said(message, secrets)}`.trim();
  return status === 407
    ? `${words}: put its user and password into ${variable} (http://user:password@host:port), or check them`
    : `${words}: see its log, or name the host in NO_PROXY where it can be reached directly`;
}
