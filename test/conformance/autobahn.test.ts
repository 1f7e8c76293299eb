import { beforeAll, describe, expect, test } from 'vitest';
import { limits as limitsSchema } from '../../src/config/limits.ts';
import { webSocketOptions } from '../../src/session/web-socket-options.ts';
import { runCases, type Verdict } from './autobahn.ts';
import { startEchoEndpoint } from './echo-endpoint.ts';

const MiB = 1024 * 1024;
const limits = limitsSchema.parse({});

/** How a verdict differs from what the suite asks for; a case that the RFC leaves open is neither right nor wrong. */
function deviationOf({ id, behavior, close, code, result }: Verdict): string[] {
  if (['OK', 'INFORMATIONAL'].includes(behavior) && ['OK', 'INFORMATIONAL'].includes(close)) return [];
  return [`${id}: ${behavior}, close ${close} ${code}: ${result}`];
}

/** Each with the clauses of RFC 6455 that it is about. */
const groups = [
  ['1', 16, 'text and binary frames of every kind of length come back as they were sent (5.2, 5.6)'],
  ['2', 11, 'a ping is answered with its payload, a pong by nothing, a ping over 125 bytes by a close (5.5)'],
  ['3', 7, 'a reserved bit that no extension defines fails the connection (5.2)'],
  ['4', 10, 'an opcode that is not defined fails the connection (5.2)'],
  ['5', 20, 'fragments make one message, with control frames between them, and only in their order (5.4)'],
  ['6', 141, 'text is text only when all of it is UTF-8, wherever it was cut (5.6, 8.1)', /^6\.(?!4\.)/],
  ['7', 37, 'a close is answered by a close, and a wrong one by 1002 or 1007 (5.5.1, 7)'],
  ['10', 1, 'a message that the sender fragments by itself is one message (5.4)'],
] as const;

describe('the WebSocket under the options and the default limits of the bridge', () => {
  let verdicts: readonly Verdict[];

  beforeAll(async () => {
    await using endpoint = await startEchoEndpoint(webSocketOptions(limits));
    verdicts = await runCases(endpoint.url, ['*']);
  });

  const group = (pattern: RegExp): readonly Verdict[] => verdicts.filter(({ id }) => pattern.test(id));

  test.each(groups)('%s.*, %i cases: %s', (number, count, _, pattern: RegExp = RegExp(`^${number}\\.`)) => {
    const cases = group(pattern);
    expect(cases).toHaveLength(count);
    expect(cases.flatMap(deviationOf)).toEqual([]);
  });

  test('6.4.*, 4 cases: invalid UTF-8 is refused with 1007 when the message is whole, for which the RFC sets no earlier time (8.1)', () => {
    expect(group(/^6\.4\./).map(({ behavior, close, code }) => ({ behavior, close, code }))).toEqual(
      Array.from({ length: 4 }, () => ({ behavior: 'NON-STRICT', close: 'OK', code: 1007 })),
    );
  });

  test('9.*, 54 cases: what the limits allow comes back whole, and what they do not is closed with 1009 or 1008 (10.4)', () => {
    const cases = group(/^9\./);
    expect(cases).toHaveLength(54);
    const refused = cases.filter((verdict) => deviationOf(verdict).length > 0);
    expect(refused.map(({ id, code }) => ({ id, code }))).toEqual(beyondTheLimits);
  });

  test('12.* and 13.*, 216 cases: compression is declined, whatever is offered, and the connection serves without (9.1)', () => {
    const cases = group(/^1[23]\./);
    expect(cases).toHaveLength(216);
    for (const { id, behavior, close } of cases)
      expect({ id, behavior, close }).toEqual({ id, behavior: 'UNIMPLEMENTED', close: 'OK' });
  });

  test('no case is left out', () => {
    expect(verdicts).toHaveLength(517);
  });
});

/** 16 MiB in one frame, and 4 MiB in fragments of 64 bytes. */
const beyondTheLimits = [
  { id: '9.1.6', code: 1009 },
  { id: '9.2.6', code: 1009 },
  { id: '9.3.1', code: 1008 },
  { id: '9.4.1', code: 1008 },
];

test('what only the default limits refuse passes where they are raised', async () => {
  const raised = { maxPayloadBytes: 16 * MiB, maxFragments: 65_536 };
  await using endpoint = await startEchoEndpoint(webSocketOptions(raised));
  const verdicts = await runCases(
    endpoint.url,
    beyondTheLimits.map(({ id }) => id),
  );
  expect(verdicts).toHaveLength(beyondTheLimits.length);
  expect(verdicts.flatMap(deviationOf)).toEqual([]);
});

test('the suite tells an endpoint that breaks a rule', async () => {
  await using endpoint = await startEchoEndpoint({ ...webSocketOptions(limits), skipUTF8Validation: true });
  const verdicts = await runCases(endpoint.url, ['6.3.*']);
  expect(verdicts.map(({ behavior }) => behavior)).toEqual(['FAILED', 'FAILED']);
});
