import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { split } from '../../../src/split/split.ts';
import type { KafkaRecord } from '../../../src/encode/record.ts';
import { BridgeError } from '../../../src/errors.ts';
import { AppendError } from '../../../src/produce/append.ts';
import { createProducer } from '../../../src/produce/producer.ts';
import { createSpans } from '../../../src/tracing/spans.ts';
import { envelope, job, jobs, requestOf } from '../../helpers/messages.ts';
import { givenPipeline, scriptedProduce } from '../pipeline/given.ts';

function givenSpans() {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const spans = createSpans(provider.getTracer('test'));
  const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
  return { ...spans, named };
}

const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
const message = (id: string) => requestOf(envelope([jobs({ ...job, clientName: 'one client' })], { id }));

test('each attempt at a batch is a span: of the first delivery in it, with links to the others', async () => {
  const { deliver, split: traced, append, named } = givenSpans();
  const attempts: (readonly KafkaRecord[])[] = [];
  const producer = createProducer({
    append: append(async (_, batch) => {
      attempts.push(batch);
      if (attempts.length === 1) throw new AppendError('unknown', 'REQUEST_TIMED_OUT', 'no answer');
    }),
    shapeOf: () => ({ partitions: 1, maxMessageBytes: 1_000_000 }),
    retryWaitCapMs: 1,
    events: { retry() {}, batchConfirmed() {}, batchRefused() {}, batchCut() {} },
  });
  const pipeline = givenPipeline(producer.produce, { split: traced(split) });
  await Promise.all(['A', 'B', 'C'].map((id) => deliver(pipeline.deliver)(message(id))));

  expect(attempts.map(({ length }) => length)).toEqual([3, 3]);
  const [a, b, c] = ['A', 'B', 'C'].map((id) => {
    const parent = named('message').find(({ attributes }) => attributes['messaging.message.id'] === id);
    return named('deliver').find(({ parentSpanContext }) => parentSpanContext?.spanId === idOf(parent));
  });
  const [failed, succeeded, ...others] = named('append');
  expect(others).toEqual([]);
  for (const span of [failed, succeeded]) {
    expect(span?.parentSpanContext?.spanId).toBe(idOf(a));
    expect(span?.links.map(({ context }) => context.spanId)).toEqual([idOf(b), idOf(c)]);
    expect(span?.attributes).toMatchObject({
      'messaging.destination.name': 'netbackup.jobs',
      'messaging.batch.message_count': 3,
    });
  }
  expect(failed).toMatchObject({
    attributes: { 'error.type': 'REQUEST_TIMED_OUT' },
    status: { code: 2, message: 'no answer' },
  });
  expect(succeeded?.status.code).toBe(0);
});

test('a delivery that fails ends its spans with the error', async () => {
  const { deliver, split: traced, named } = givenSpans();
  const kafka = scriptedProduce();
  const pipeline = givenPipeline(kafka.produce, { split: traced(split) });
  const delivery = deliver(pipeline.deliver)(message('A'));
  kafka.calls[0]?.fail(new BridgeError('the deadline passed', { code: 'drain-deadline' }));
  await expect(delivery).rejects.toThrow('the deadline passed');
  for (const [span] of [named('message'), named('deliver')])
    expect(span).toMatchObject({
      attributes: { 'error.type': 'drain-deadline' },
      status: { code: 2, message: 'the deadline passed' },
    });
});

test('a resend that joins a delivery is a message without a delivery of its own', async () => {
  const { deliver, split: traced, headers, named } = givenSpans();
  const kafka = scriptedProduce();
  const pipeline = givenPipeline(kafka.produce, { split: traced(split) });
  const resend = message('A');
  const both = [message('A'), resend].map((each) => deliver(pipeline.deliver)(each));
  expect(headers(resend.frame)).toBeUndefined();
  kafka.calls[0]?.commit();
  await Promise.all(both);
  expect(named('deliver')).toHaveLength(1);
  expect(named('message').map(({ attributes }) => attributes['nbwss.outcome'])).toEqual([
    'delivered',
    'coalesced',
  ]);
});

test('an empty message is answered without a delivery', async () => {
  const { deliver, split: traced, named } = givenSpans();
  const pipeline = givenPipeline(scriptedProduce().produce, { split: traced(split) });
  await deliver(pipeline.deliver)(requestOf(envelope([])));
  expect([named('message').length, named('deliver').length]).toEqual([1, 0]);
});
