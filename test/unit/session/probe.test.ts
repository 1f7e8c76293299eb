import { expect, test } from 'vitest';
import { decodeMessage } from '../../../src/protocol/codec.ts';
import { loadCredentials } from '../../../src/session/credentials.ts';
import { isEmpty } from '../../../src/session/probe.ts';
import { envelope, images, job, jobs, limits } from '../../helpers/messages.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

test('the token file of the probe is an identity, and no primary', () => {
  using directory = temporaryDirectory({ probe: 'of-the-probe', primary1: 'of-primary1' });
  const credentials = loadCredentials(directory.path);
  expect(credentials.primaries).toEqual(['primary1']);
  expect(credentials.authenticate('of-the-probe')).toMatchObject({ primary: 'probe' });
});

test('a directory with nothing but the token of the probe serves nobody', () => {
  using directory = temporaryDirectory({ probe: 'of-the-probe' });
  expect(() => loadCredentials(directory.path)).toThrow(
    'holds no token but that of the probe: put one file per primary there',
  );
});

test('one token for the probe and a primary is refused: the traffic would be nobody knows whose', () => {
  using directory = temporaryDirectory({ probe: 'the-same', primary1: 'the-same' });
  expect(() => loadCredentials(directory.path)).toThrow('primary1 and probe hold the same token');
});

test.each([
  [true, 'an empty payload', envelope([])],
  [true, 'notifications without entries', envelope([jobs(), images()])],
  [false, 'an entry', envelope([jobs(), jobs(job)])],
  [false, 'a notification that makes no sense', envelope([7])],
  [false, 'a payload that is no list', envelope({})],
])('%s: %s is empty', (empty, _, message) => {
  const decoded = decodeMessage(Buffer.from(JSON.stringify(message)), 0, limits);
  if (decoded.kind !== 'notification' && decoded.kind !== 'rejected') throw new Error('it is one of these');
  expect(isEmpty({ ...decoded, primary: 'probe' })).toBe(empty);
});
