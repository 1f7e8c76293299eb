import { diag, DiagLogLevel, type Tracer } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

export interface CollectorOptions {
  /** Where spans are sent: OTLP over HTTP, as JSON. */
  readonly endpoint: string;
  /** 0 to 1: how many of the messages leave spans. */
  readonly sampleRatio: number;
  /** Of this program. */
  readonly version: string;
  readonly events: TracingEvents;
}

export interface TracingEvents {
  /** Spans are lost, and nothing else. */
  spansLost(reason: string): void;
}

export interface Collector extends AsyncDisposable {
  readonly tracer: Tracer;
}

/** For one export with its retries; the stop waits that long for the last one. */
const exportTimeoutMs = 3_000;
/** Ids are chosen by the sender. */
const maxAttributeLength = 1024;

/**
 * The SDK of OpenTelemetry, with bounds: 2,048 finished spans wait for their export, what comes beyond is dropped and told of.
 * It reads the standard's variables for the exporter's TLS and for the resource itself.
 */
export function connectCollector({ endpoint, sampleRatio, version, events }: CollectorOptions): Collector {
  const exporter = new OTLPTraceExporter({ url: endpoint, timeoutMillis: exportTimeoutMs });
  // What it says as an error is the failed export, of which we know already.
  const logger = { error() {}, warn: events.spansLost, info() {}, debug() {}, verbose() {} };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'nbwss-bridge', 'service.version': version }).merge(
      detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }),
    ),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanLimits: { attributeValueLengthLimit: maxAttributeLength },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: telling(exporter, (error) =>
          events.spansLost(
            `the collector at ${endpoint} took none of them: ${error?.message ?? 'no reason given'}`,
          ),
        ),
        exportTimeoutMillis: 2 * exportTimeoutMs,
      }),
    ],
  });
  return {
    tracer: provider.getTracer('nbwss-bridge', version),
    async [Symbol.asyncDispose]() {
      await provider.shutdown().catch(() => {});
      diag.disable();
    },
  };
}

/** The same exporter, whose failures are heard of. */
function telling(exporter: SpanExporter, onFailure: (error: Error | undefined) => void): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result: ExportResult) => {
        if (result.code !== ExportResultCode.SUCCESS) onFailure(result.error);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
