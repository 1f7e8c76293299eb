import { expect, test } from 'vitest';
import { BridgeError, ExitCode, UnavailableError } from '../../src/errors.ts';
import { exitCodeOf, failureOf, type Judgement } from '../../src/verdict.ts';

const { config, denied, data, unavailable } = ExitCode;
const ok: Judgement = { state: 'ok', text: 't' };
const warning: Judgement = { state: 'warning', text: 't', exitCode: config };
const failed = (exitCode: ExitCode): Judgement => ({ state: 'failed', text: 't', exitCode });

test.each<[string, readonly Judgement[], ExitCode]>([
  ['nothing to say', [], ExitCode.ok],
  ['warnings', [ok, warning], ExitCode.ok],
  ['a failure that says no more', [ok, { state: 'failed', text: 't' }], config],
  ['what may mend by itself', [ok, failed(unavailable)], unavailable],
  ['what the owner of the schemas decides beside it', [failed(unavailable), failed(data)], data],
  ['what others have to allow beside it', [failed(data), failed(denied), failed(unavailable)], denied],
  ['what has to be changed here beside it', [failed(unavailable), failed(config), failed(denied)], config],
])('the exit code is that of the worst: %s', (_, verdicts, code) => {
  expect(exitCodeOf(verdicts)).toBe(code);
});

test('an error is a failure with its own exit code', () => {
  expect(failureOf(new UnavailableError('away', 'x'))).toEqual({ ...failed(unavailable), text: 'away' });
  expect(failureOf(new BridgeError('no', { code: 'x', exitCode: denied }))).toEqual({
    ...failed(denied),
    text: 'no',
  });
});
