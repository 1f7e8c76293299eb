/** Whether the collector of traces is there (`check-config --connect`). Nothing of the bridge waits for it, so that there are warnings at most. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { withoutBrackets } from './address.ts';
import { mountFaultOf } from './errors.ts';
import { ConnectError, connectTcp } from './outbound/connect.ts';
import { wordsOf } from './simulator/failure.ts';
import { pemText } from './pem.ts';
import type { Judgement, Verdict } from './verdict.ts';

/** For the name, TCP and TLS together, in ms: as long as an export may take (src/tracing/collector.ts). */
const boundMs = 3_000;
/** Where the protocol has it (OTLP/HTTP, request). The exporter takes the endpoint as it is. */
const tracesPath = '/v1/traces';

/** Connects, and sends nothing. Never rejects; ends within the bound. @param env the exporter reads its TLS files from it, too */
export async function checkTracing(
  endpoint: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Verdict[]> {
  if (endpoint === undefined) return [];
  const url = new URL(endpoint);
  const judgements = [await judgeReach(url, env), ...judgePath(url)];
  return judgements.map((judgement) => ({ what: 'tracing.endpoint', ...judgement }));
}

async function judgeReach(url: URL, env: NodeJS.ProcessEnv): Promise<Judgement> {
  const bound = AbortSignal.timeout(boundMs);
  try {
    await reach(url, env, bound);
    return { state: 'ok', text: `${url.host} can be reached (${isTls(url) ? 'TLS' : 'no TLS'})` };
  } catch (error) {
    const why =
      bound.aborted && !(error instanceof ConnectError)
        ? `nothing within ${boundMs / 1000} s`
        : wordsOf(error);
    const mend = isTls(url)
      ? 'see that a collector listens there with TLS, and that OTEL_EXPORTER_OTLP_CERTIFICATE names its CA'
      : 'see that a collector listens there';
    const text = `${url.host} can't be reached (${why}): spans are lost, and nothing else is; ${mend}`;
    return { state: 'warning', text };
  }
}

function judgePath({ pathname, href }: URL): Judgement[] {
  if (pathname.endsWith(tracesPath)) return [];
  const text = `its path ${pathname} does not end with ${tracesPath}, where a collector takes spans: others answer with 404, and the spans are lost; is it ${href.replace(/\/$/, '')}${tracesPath}?`;
  return [{ state: 'warning', text }];
}

async function reach(url: URL, env: NodeJS.ProcessEnv, bound: AbortSignal): Promise<void> {
  const host = withoutBrackets(url.hostname);
  const port = Number(url.port || (isTls(url) ? 443 : 80));
  const files = isTls(url) ? tlsFiles(env) : null;
  const raw = await connectTcp({ host, port, timeoutMs: boundMs });
  // Those that come when nobody waits any more.
  raw.on('error', () => {});
  try {
    if (files === null) return;
    const name = isIP(host) === 0 ? { servername: host } : {};
    const secured = connectTls({ socket: raw, host, ...name, ...files });
    secured.on('error', () => {});
    await once(secured, 'secureConnect', { signal: bound });
  } finally {
    raw.destroy();
  }
}

function isTls({ protocol }: URL): boolean {
  return protocol === 'https:';
}

/** As the exporter has it: the specification's variables, those for traces first. @throws where a file can't be read */
function tlsFiles(env: NodeJS.ProcessEnv): Pick<ConnectionOptions, 'ca' | 'cert' | 'key'> {
  const read = (name: string): string | undefined => {
    const variable = [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`].find(
      (each) => (env[each] ?? '').trim() !== '',
    );
    if (variable === undefined) return undefined;
    const file = (env[variable] ?? '').trim();
    try {
      return pemText(readFileSync(file));
    } catch (error) {
      throw new Error(`${variable} names ${file}: ${mountFaultOf(error, file)}`, { cause: error });
    }
  };
  return { ca: read('CERTIFICATE'), cert: read('CLIENT_CERTIFICATE'), key: read('CLIENT_KEY') };
}
