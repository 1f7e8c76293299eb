import { expect, test } from 'vitest';
import { UnavailableError } from '../../../src/errors.ts';
import { CutError, NotSentError } from '../../../src/kafka/link.ts';
import { errorFrom } from '../../../src/kafka/broker-error.ts';
import { codeOf, type Outcome, outcomeOf } from '../../../src/kafka/outcome.ts';
import type { PartitionAnswer } from '../../../src/kafka/produce-request.ts';

function answered(errorCode: number, { baseOffset = -1n, reason = null }: Partial<PartitionAnswer> = {}) {
  const answer = { topic: 'jobs', partition: 3, errorCode, baseOffset, reason };
  return { is: 'answered', answer } as const;
}

const codes = Array.from({ length: 122 }, (_, index) => index - 1);

/** Every code whose outcome isn't "may be written", of a batch that no earlier attempt may have written, and of one that it may. */
const certain: Readonly<Record<number, Outcome['is']>> = {
  2: 'not-written', // CORRUPT_MESSAGE
  10: 'refused', // MESSAGE_TOO_LARGE
  17: 'not-written', // INVALID_TOPIC_EXCEPTION
  18: 'refused', // RECORD_LIST_TOO_LARGE
  19: 'not-written', // NOT_ENOUGH_REPLICAS
  21: 'not-written', // INVALID_REQUIRED_ACKS
  29: 'not-written', // TOPIC_AUTHORIZATION_FAILED
  31: 'not-written', // CLUSTER_AUTHORIZATION_FAILED
  32: 'refused', // INVALID_TIMESTAMP
  35: 'not-written', // UNSUPPORTED_VERSION
  45: 'number-taken', // OUT_OF_ORDER_SEQUENCE_NUMBER
  46: 'number-taken', // DUPLICATE_SEQUENCE_NUMBER
  47: 'number-taken', // INVALID_PRODUCER_EPOCH
  59: 'number-taken', // UNKNOWN_PRODUCER_ID
  76: 'not-written', // UNSUPPORTED_COMPRESSION_TYPE
  87: 'refused', // INVALID_RECORD
};
const uncertain: Readonly<Record<number, Outcome['is']>> = {
  ...certain,
  10: 'number-taken',
  18: 'number-taken',
  32: 'number-taken',
  46: 'confirmed',
  87: 'number-taken',
};
/** DUPLICATE_SEQUENCE_NUMBER can't mean this batch then. */
const ofAPart: typeof certain = { ...uncertain, 46: 'number-taken' };

test.each([
  ['no earlier attempt may have written it', 'none', certain],
  ['an earlier attempt may have written it', 'batch', uncertain],
  ['its number may be that of a larger batch', 'number', ofAPart],
] as const)('every error of a broker has its one outcome where %s', (_, doubt, table) => {
  const found = codes.map((code) => [code, outcomeOf(answered(code), doubt).is]);
  expect(found).toEqual(codes.map((code) => [code, table[code] ?? 'maybe-written']));
});

test.each([
  ['NOT_LEADER_OR_FOLLOWER, which a leader says that steps down after it wrote', 6],
  ['REQUEST_TIMED_OUT', 7],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 20],
  ['UNKNOWN_SERVER_ERROR', -1],
  ['UNKNOWN_TOPIC_OR_PARTITION', 3],
  ['an error that nobody knows yet', 9_999],
])('%s leaves open what became of the batch', (_, code) => {
  expect(outcomeOf(answered(code), 'none').is).toBe('maybe-written');
  expect(outcomeOf(answered(code), 'batch').is).toBe('maybe-written');
});

test.each([0n, 1n, 2n ** 53n + 1n])('a batch that stands at the offset %i is confirmed', (baseOffset) => {
  expect(outcomeOf(answered(0, { baseOffset }), 'none')).toEqual({ is: 'confirmed' });
  expect(outcomeOf(answered(0, { baseOffset }), 'batch')).toEqual({ is: 'confirmed' });
});

test.each(['none', 'batch', 'number'] as const)(
  'a confirmation that says no offset is not believed',
  (doubt) => {
    expect(outcomeOf(answered(0), doubt)).toMatchObject({
      is: 'maybe-written',
      code: 'UNVERIFIED_RESULT',
      error: { message: 'the broker confirms a batch for jobs/3 at the offset -1' },
    });
  },
);

const reset = Object.assign(new Error('read ECONNRESET'), { name: 'KafkaJSConnectionError' });

test.each(['none', 'batch', 'number'] as const)(
  'what was not sent is not written, and what nobody answered may be',
  (doubt) => {
    const error = new NotSentError(reset);
    const cut = { bytes: 70_000, isAlone: true };
    const code = 'KafkaJSConnectionError';
    expect(outcomeOf({ is: 'not-sent', error }, doubt)).toEqual({ is: 'not-written', code, error });
    expect(outcomeOf({ is: 'unanswered', error: reset, cut }, doubt)).toEqual({
      is: 'maybe-written',
      code,
      error: reset,
      isSlow: false,
      cut,
    });
  },
);

test('what was thrown and is no error is told as one', () => {
  const thrown = outcomeOf({ is: 'unanswered', error: 'a text', cut: null }, 'none');
  expect(thrown).toMatchObject({ is: 'maybe-written', code: 'Error', error: { message: 'a text' } });
  expect(thrown).toHaveProperty('error', expect.any(Error));
});

test("an error has the broker's name, and its words where it has some", () => {
  const { answer } = answered(87, { reason: 'record 7: no key' });
  expect(errorFrom(answer)).toMatchObject({
    message: 'record 7: no key (INVALID_RECORD)',
    type: 'INVALID_RECORD',
  });
  expect(errorFrom({ ...answer, reason: null }).message).toMatch(/^.+ \(INVALID_RECORD\)$/);
  const long = errorFrom({ ...answer, reason: `no\u001b[31m\n${'x'.repeat(32_000)}` }).message;
  expect(long).toMatch(/^no\\u001b\[31m\\nx+… \(INVALID_RECORD\)$/);
  expect(long.length).toBeLessThan(1_050);
});

test.each([
  [19, 'NOT_ENOUGH_REPLICAS'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
  [89, 'THROTTLING_QUOTA_EXCEEDED'],
  [100, 'UNKNOWN_TOPIC_ID'],
  [9_999, 'ERROR_9999'],
])('the error %i is called %s, in its code and in its message', (errorCode, name) => {
  const outcome = outcomeOf(answered(errorCode), 'none');
  expect(outcome).toMatchObject({ code: name, error: { message: expect.stringContaining(`(${name})`) } });
});

test('a code is the name that the broker gave, however deep it is', () => {
  const named = Object.assign(new Error('no'), { type: 'NOT_ENOUGH_REPLICAS' });
  expect(codeOf(named)).toBe('NOT_ENOUGH_REPLICAS');
  expect(codeOf(new Error('outer', { cause: new Error('inner', { cause: named }) }))).toBe(
    'NOT_ENOUGH_REPLICAS',
  );
  expect(codeOf(new NotSentError(named))).toBe('NOT_ENOUGH_REPLICAS');
});

test("a code is ours where an error is, and else the name of the client's innermost error", () => {
  const ours = new UnavailableError('Kafka is away', 'kafka-metadata', reset);
  expect(codeOf(new NotSentError(ours))).toBe('kafka-metadata');
  expect(codeOf(new NotSentError(reset))).toBe('KafkaJSConnectionError');
  expect(codeOf(new CutError(reset))).toBe('KafkaJSConnectionError');
  expect(codeOf(new Error('outer', { cause: reset }))).toBe('KafkaJSConnectionError');
  expect(codeOf(new NotSentError('a text'))).toBe('UNKNOWN');
  expect(codeOf('a text')).toBe('UNKNOWN');
});
