import { type ClientRequest, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { explainClosed, explainTls, readTlsFiles, type TlsFiles } from './tls.ts';

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
  readonly text: string;
}

/** A schema registry's answers are some KiB, a token's one. */
const maxAnswerBytes = 4_194_304;

/**
 * One HTTP request on a connection of its own, with the certificates that are in the files now. (`fetch` takes no CA without a
 * package that brings another copy of it.) Redirects aren't followed: a secret goes where the configuration says, or nowhere.
 * @throws an Error that says why there is no answer; SecretFileError
 */
export async function callHttp(call: HttpCall): Promise<HttpAnswer> {
  const url = new URL(call.url);
  const isTls = url.protocol === 'https:';
  const body = call.body === undefined ? undefined : Buffer.from(call.body);
  const options = {
    method: call.method,
    headers: { ...call.headers, ...(body === undefined ? undefined : { 'content-length': body.length }) },
    agent: false,
    ...(isTls ? readTlsFiles(call.tls) : undefined),
  };
  const request = isTls ? requestHttps(url, options) : requestHttp(url, options);
  try {
    return await answerOf(request, body, call.timeoutMs);
  } catch (error) {
    const isReset = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
    const explained =
      explainTls(error, url.host, call.tls) ?? (isReset && isTls ? explainClosed(url.host, call.tls) : null);
    throw explained === null ? error : new Error(explained, { cause: error });
  } finally {
    request.destroy();
  }
}

async function answerOf(
  request: ClientRequest,
  body: Buffer | undefined,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const late = () => reject(new Error(`timeout: no answer in ${timeoutMs} ms`));
  const timer = setTimeout(late, timeoutMs);
  // Stays for the errors that the end of the request brings about.
  request.on('error', reject);
  request.once('response', (response) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('error', reject);
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxAnswerBytes) reject(new Error(`the answer is larger than ${maxAnswerBytes} bytes`));
    });
    response.once('end', () =>
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
    );
    response.once('close', () => reject(new Error('the connection ended within the answer')));
  });
  request.end(body);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
