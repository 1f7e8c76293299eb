/** Pieces of JSON text that have been trouble somewhere: numbers at the edges of their types, odd strings, names that mean something. */

const n = (start: number, count: number) => Array.from({ length: count }, (_, i) => String(start + i));

export const numbers: readonly string[] = [
  ...n(2 ** 31 - 2, 4),
  ...n(-(2 ** 31) - 2, 4),
  ...n(2 ** 53 - 4, 5),
  '9007199254740993',
  ...n(-(2 ** 52) - 2, 4),
  '-9007199254740993',
  '4503599627370',
  '-4503599627371',
  '9007199254740',
  '9007199254741',
  '9223372036854775807',
  '18446744073709551616',
  '1e400',
  '1e-400',
  '-0',
  '0.1',
  '1.0',
  '1E2',
  '100e-2',
  '5e-324',
  '4.9e-324',
  '2.2250738585072014e-308',
  '1.7976931348623157e308',
  '0.30000000000000004',
  '0.1234567890123456789',
  '9007199254740990.0',
  '1760000000',
  '253402300799',
  '253402300800',
  '-62167219201',
  `1${'0'.repeat(40)}`,
  `0.${'0'.repeat(40)}1`,
];

export const strings: readonly string[] = [
  '""',
  '"JOB"',
  '"IMAGE"',
  '"POLICY"',
  '"INFO"',
  '"CONNECT"',
  '"NOTIFICATION"',
  '"COMMAND"',
  '"REQUEST"',
  '"RESPONSE"',
  '"1.0"',
  '"__proto__"',
  String.raw`"\ud800"`,
  String.raw`"\udfff\ud800"`,
  String.raw`"\ud83d\ude00"`,
  String.raw`"\u0000"`,
  String.raw`"\"\\\/\b\f\n\r\t"`,
  '"\u2028𝄞ä\ufeff"',
  JSON.stringify('x'.repeat(128)),
  JSON.stringify('x'.repeat(1025)),
  JSON.stringify('ä'.repeat(2048)),
  JSON.stringify('c'.repeat(4096)),
  '" "',
  '"Größe 𝄞"',
  JSON.stringify('c'.repeat(4097)),
];

export const containers: readonly string[] = [
  '[]',
  '{}',
  '[[]]',
  '[null]',
  `${'['.repeat(9)}${']'.repeat(9)}`,
  `${'{"a":'.repeat(20)}1${'}'.repeat(20)}`,
  `[${'0,'.repeat(60)}0]`,
  '{"jobId":1,"clientName":"c"}',
  '{"backupId":"b","clientName":""}',
  '{"object":"JOB","data":[{"jobId":1,"clientName":"c"}]}',
  '{"object":"IMAGE","data":[]}',
];

export const literals: readonly string[] = ['null', 'true', 'false'];

export const names: readonly string[] = [
  'version id type subType timeStamp payload token object data notificationType',
  'jobId parentJobId jobType state status startTime clientName policyName policyType scheduleType',
  'backupId backupTime createdTime operationId clientType',
  'primary messageId entryIndex notifiedAt extra rawJSON toJSON length 0 a/b~c',
  '__proto__ constructor prototype hasOwnProperty toString \ud800 𝄞',
]
  .flatMap((line) => line.split(' '))
  .concat('');

/** For changes that don't care for structure. */
export const bytes: readonly Buffer[] = [
  Buffer.from([0xff]),
  Buffer.from([0xc0, 0x80]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xf4, 0x90]),
  ...'{ } [ ] , : " \\ - . e \u0000 \\u \ufeff // /* */ "__proto__": "timeStamp":1, 1e999 0.12345678901234567'
    .split(' ')
    .map((text) => Buffer.from(text)),
  Buffer.from(' '),
];
