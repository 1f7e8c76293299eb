import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { defaultTextMapSetter } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { KafkaRecord, RecordHeaders } from '../encode/record.ts';
import { BridgeError, reasonOf } from '../errors.ts';
import type { Deliver } from '../pipeline/pipeline.ts';
import type { DeliveryReport } from '../pipeline/report.ts';
import type { Append } from '../produce/append.ts';
import type { Frame } from '../protocol/frame.ts';
import type { NotificationRequest } from '../protocol/message.ts';
import type { Entry } from '../split/entry.ts';

type Split = (message: NotificationRequest) => Entry[];

/** What is put around the stages of a message's way, so that each leaves a span (docs/traces.md). */
export interface Spans {
  /** `message`: from the arrival of a message to the moment when it may be answered. */
  readonly deliver: (deliver: Deliver) => Deliver;
  /** `deliver`: from here on the message is on its own way to Kafka; ends with it. A resend that is answered without one has none. */
  readonly split: (split: Split) => Split;
  /** `append`: one attempt to write one batch, with links to the other deliveries that have records in it. */
  readonly append: (append: Append) => Append;
  /** What the records of this frame carry: `traceparent` (W3C Trace Context), of its `deliver` span. */
  readonly headers: (frame: Frame) => RecordHeaders | undefined;
}

/** The names of attributes are those of OpenTelemetry's conventions for messaging where it has one, else ours, as in the log. */
const primaryName = 'nbwss.primary';
const messageIdName = 'messaging.message.id';

interface Delivery {
  readonly span: Span;
  readonly headers: RecordHeaders;
}

/**
 * Spans are found by the frame, which the message, its entries and so its records share: nothing on their way has to carry a span.
 */
export function createSpans(tracer: Tracer): Spans {
  const messages = new WeakMap<Frame, Span>();
  const deliveries = new WeakMap<Frame, Delivery>();
  const propagator = new W3CTraceContextPropagator();

  return {
    deliver: (deliver) => (message, taken) => {
      const { primary, id, frame, receivedAt } = message;
      const span = tracer.startSpan('message', {
        kind: SpanKind.SERVER,
        root: true,
        startTime: receivedAt,
        attributes: {
          [primaryName]: primary,
          [messageIdName]: id ?? undefined,
          'messaging.message.body.size': frame.bytes.length,
        },
      });
      messages.set(frame, span);
      const report = deliver(message, taken);
      return settled(report, span, deliveries.get(frame)?.span);
    },
    split: (split) => (message) => {
      const { frame } = message;
      const parent = messages.get(frame);
      if (parent !== undefined) {
        const span = tracer.startSpan('deliver', { kind: SpanKind.PRODUCER }, below(parent));
        const headers: Record<string, string> = {};
        propagator.inject(below(span), headers, defaultTextMapSetter);
        deliveries.set(frame, { span, headers });
      }
      return split(message);
    },
    append: (append) => (to, batch) => {
      const [first, ...others] = deliveriesOf(batch);
      if (first === undefined) return append(to, batch);
      const span = tracer.startSpan(
        'append',
        {
          kind: SpanKind.CLIENT,
          links: others.map((other) => ({ context: other.spanContext() })),
          attributes: {
            'messaging.system': 'kafka',
            'messaging.operation.name': 'produce',
            'messaging.operation.type': 'send',
            'messaging.destination.name': to.topic,
            'messaging.destination.partition.id': String(to.partition),
            'messaging.batch.message_count': batch.length,
          },
        },
        below(first),
      );
      return append(to, batch).then(
        () => span.end(),
        (error: unknown) => {
          fail(span, error);
          throw error;
        },
      );
    },
    headers: (frame) => deliveries.get(frame)?.headers,
  };

  /** Those that are recorded, each once; the records of a message stand together. */
  function deliveriesOf(batch: readonly KafkaRecord[]): Span[] {
    const found = new Set<Span>();
    let last: Frame | undefined;
    for (const { entry } of batch) {
      const { frame } = entry.origin;
      if (frame === last) continue;
      last = frame;
      const span = deliveries.get(frame)?.span;
      if (span?.isRecording() === true) found.add(span);
    }
    return [...found];
  }
}

/** A function of its own: a closure in `deliver` would keep the message of a resend that waits. */
function settled(
  report: Promise<DeliveryReport>,
  span: Span,
  delivery: Span | undefined,
): Promise<DeliveryReport> {
  return report.then(
    (given) => {
      delivery?.setAttributes(countsOf(given)).end();
      span.setAttribute('nbwss.outcome', given.outcome).end();
      return given;
    },
    (error: unknown) => {
      if (delivery !== undefined) fail(delivery, error);
      fail(span, error);
      throw error;
    },
  );
}

function countsOf({ jobs, images, deadLetters }: DeliveryReport): Attributes {
  return { 'nbwss.jobs': jobs, 'nbwss.images': images, 'nbwss.dead_letters': deadLetters.length };
}

function fail(span: Span, error: unknown): void {
  span.setAttribute('error.type', error instanceof BridgeError ? error.code : 'unexpected');
  span.setStatus({ code: SpanStatusCode.ERROR, message: reasonOf(error) }).end();
}

function below(span: Span) {
  return trace.setSpan(ROOT_CONTEXT, span);
}
