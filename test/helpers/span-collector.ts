/** A collector of traces: takes OTLP/HTTP in JSON, as the OpenTelemetry Protocol defines it, and keeps the spans. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** Unix ns, as text. */
  readonly start: string;
  readonly end: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** Of the program that it comes from. */
  readonly resource: Readonly<Record<string, unknown>>;
  readonly error: string | null;
}

export interface SpanCollector extends AsyncDisposable {
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  /** What it does with a request from now on. */
  behaviour: 'takes' | 'refuses' | 'hangs';
  /** Requests so far. */
  readonly requests: number;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly Attribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2: error */
  readonly status?: { readonly code?: number; readonly message?: string };
}

interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** What it shows, and the CA of the clients that it takes. */
export interface CollectorTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export async function startSpanCollector(tls?: CollectorTls): Promise<SpanCollector> {
  const spans: ReceivedSpan[] = [];
  let requests = 0;
  const take: RequestListener = (request, response) => {
    requests++;
    if (collector.behaviour === 'hangs') return;
    if (collector.behaviour === 'refuses' || request.url !== '/v1/traces')
      return void response.writeHead(404).end();
    void json(request).then((body) => {
      spans.push(...spansOf(body as OtlpRequest));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  };
  const server =
    tls === undefined ? createServer(take) : createTlsServer({ ...tls, requestCert: true }, take);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const collector: SpanCollector = {
    endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    behaviour: 'takes',
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return collector;
}

function spansOf({ resourceSpans }: OtlpRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        name: span.name,
        start: span.startTimeUnixNano,
        end: span.endTimeUnixNano,
        attributes: valuesOf(span.attributes),
        links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
        resource: valuesOf(resource.attributes),
        error: span.status?.code === 2 ? (span.status.message ?? '') : null,
      })),
    ),
  );
}

/** A value stands under the name of its type: `{ "intValue": 3 }`. */
function valuesOf(attributes: readonly Attribute[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
