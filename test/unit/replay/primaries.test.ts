import { expect, test } from 'vitest';
import { createReplay } from '../../../src/replay/replay.ts';
import { readLetter } from '../../../src/replay/letter.ts';
import { arrivedAt, envelopeText, job, limits } from '../../helpers/messages.ts';

const place = { topic: 'dead', partition: 0, offset: '1', timestamp: arrivedAt };

/** A whole frame, as anybody may write it who may write to the topic. */
function made(primary: string) {
  const raw = Buffer.from(envelopeText(`[{"object":"JOB","data":[${JSON.stringify(job)}]}]`));
  const letter = readLetter(place, { primary, reason: 'too-deep', paths: [], raw, rawTruncated: false });
  if (letter === null) throw new Error('it is a dead letter');
  return letter;
}

const replay = createReplay({
  encode: (entry) => ({
    topic: 'jobs',
    key: Buffer.alloc(0),
    value: Buffer.alloc(0),
    timestamp: arrivedAt,
    entry,
  }),
  limits,
  primaries: new Set(['primary1']),
  topics: { jobs: 'jobs', images: 'images', replays: 'replays' },
  send: null,
  now: () => arrivedAt,
});

test('a dead letter is sent as the primary that it names', async () => {
  expect(await replay(made('primary1'))).toMatchObject({ outcome: 'would-send', to: { jobs: 1 } });
});

test.each(['primary2', 'Primary1', 'primary1 ', '', '__proto__', 'x'.repeat(100_000)])(
  'a dead letter of a primary that there is not is never sent: %j',
  async (primary) => {
    expect(await replay(made(primary))).toMatchObject({ outcome: 'not-sent', why: 'unknown-primary' });
  },
);
