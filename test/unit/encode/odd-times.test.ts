/** Times beyond the years 1 to 9999: readers in Python, Spark and Go stop at them, so no record has one. */
import { expect, test } from 'vitest';
import { jobsText, requestOf } from '../../helpers/messages.ts';
import { encoderWith, recordsOf, schemas, topics, valueOf } from '../../helpers/schemas.ts';

const millis = { type: 'long', logicalType: 'timestamp-millis' };
const micros = { type: 'long', logicalType: 'timestamp-micros' };

/** The record of an entry whose startTime is this JSON text. @param type of the schema's field; the bridge's own by default */
function written(startTime: string, type?: unknown) {
  const told: string[] = [];
  const own = JSON.parse(schemas.jobs.schema) as { fields: { name: string; type: unknown }[] };
  const fields = own.fields.map((field) =>
    field.name === 'startTime' && type !== undefined ? { name: 'startTime', type } : field,
  );
  const jobs = { ...schemas.jobs, schema: JSON.stringify({ ...own, fields }) };
  const encoder = encoderWith({ schemas: { ...schemas, jobs }, onOddTime: (primary) => told.push(primary) });
  const text = `{"clientName":"a","jobId":1,"startTime":${startTime},"more":1}`;
  const [record] = recordsOf(requestOf(jobsText(text)), encoder);
  return { topic: record?.topic, value: valueOf(record, { jobs }), told };
}

test.each([
  ['milliseconds taken for seconds', '1459829698000'],
  ['the first second of the year 10000', '253402300800'],
  ['the last second before the year 1', '-62135596801'],
  ['the largest long', '9223372036854775807'],
  ['the smallest long', '-9223372036854775808'],
  ['an unsigned never', '18446744073709551615'],
  ['beyond what a double holds', '1e400'],
  ['1e300', '1e300'],
  ['a fraction of them', '1459829698000.5'],
])('%s: the field is null, extra has what was sent, and it is counted', (_, sent) => {
  const { topic, value, told } = written(sent);
  expect(topic).toBe(topics.jobs);
  expect(value).toMatchObject({ jobId: 1, startTime: null });
  const { startTime, ...others } = value['extra'] as Record<string, string>;
  expect(Number(startTime)).toBe(Number(sent));
  if (/^-?\d+$/.test(sent)) expect(startTime).toBe(sent);
  expect(others).toEqual({ more: '1' });
  expect(told).toEqual(['primary1']);
});

test.each([
  ['the first second of the year 1', '-62135596800', -62_135_596_800_000],
  ['the last second of the year 9999', '253402300799', 253_402_300_799_000],
])('%s is written, and nothing is counted', (_, sent, startTime) => {
  const { value, told } = written(sent);
  expect(value).toMatchObject({ startTime, extra: { more: '1' } });
  expect(told).toEqual([]);
});

test.each([
  ['microseconds', ['null', micros], '1459829698000', null],
  ['microseconds beyond what a double holds exactly', ['null', micros], '9007199255', null],
  ['microseconds, within it', ['null', micros], '9007199254', 9_007_199_254_000_000],
  ['null behind the time', [millis, 'null'], '1459829698000', null],
  ['a time or text', ['null', millis, 'string'], '1459829698000', null],
  ['a time or a number, which takes it', ['null', millis, 'double'], '1459829698000', 1_459_829_698_000],
])('where the field is %s', (_, type, sent, startTime) => {
  const { topic, value, told } = written(sent, type);
  expect([topic, value['startTime']]).toEqual([topics.jobs, startTime]);
  expect(value['extra']).toEqual(startTime === null ? { more: '1', startTime: sent } : { more: '1' });
  expect(told).toEqual(startTime === null ? ['primary1'] : []);
});

test('inside of others a time is null where it may be, and the whole field is kept', () => {
  const sent = '[1,1459829698000]';
  const { value, told } = written(sent, ['null', { type: 'array', items: ['null', millis] }]);
  expect(value).toMatchObject({ startTime: [1000, null], extra: { startTime: sent } });
  expect(told).toEqual(['primary1']);
});

test.each([
  ['requires the time', millis, '', '1459829698000'],
  ['requires a time or text', [millis, 'string'], '', '1459829698000'],
  [
    'requires the time inside of a field that may be null',
    ['null', { type: 'array', items: millis }],
    '/0',
    '[1459829698000]',
  ],
])('where the schema %s the entry is a dead letter with a reason of its own', (_, type, place, sent) => {
  const { topic, value, told } = written(sent, type);
  expect(topic).toBe(topics.deadLetters);
  expect(value).toMatchObject({
    reason: 'time-out-of-range',
    paths: [`/payload/0/data/0/startTime${place}`],
    error: expect.stringMatching(
      /^startTime(?:\.0)? is 1459829698000, which is no time of the years 1 to 9999$/,
    ),
  });
  expect(told).toEqual([]);
});

test('an odd time of an entry that becomes a dead letter is not counted for the next entry', () => {
  const told: string[] = [];
  const encoder = encoderWith({ onOddTime: (primary) => told.push(primary) });
  const odd = `{"clientName":"a","jobId":1,"startTime":253402300800,"policyName":[]}`;
  const records = recordsOf(requestOf(jobsText(odd, '{"clientName":"a","jobId":2}')), encoder);
  expect(records.map(({ topic }) => topic)).toEqual([topics.deadLetters, topics.jobs]);
  expect(told).toEqual([]);
});
