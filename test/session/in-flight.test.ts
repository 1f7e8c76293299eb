import { describe, expect, test } from 'vitest';

import { createInFlight, type InFlightLimits } from '../../src/pipeline/in-flight.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import { openPrimary } from '../helpers/peer.ts';
import { startTerminator } from '../helpers/terminator.ts';
import { givenPipeline, scriptedProduce } from '../unit/pipeline/given.ts';

/** A listener in front of the real pipeline; the test commits what is produced. */
async function start(limits: Partial<InFlightLimits> = {}, maxJoinsPerMessage = 16) {
  const { produce, calls } = scriptedProduce();
  const inFlight = createInFlight(
    { maxMessagesPerPrimary: 256, maxBytesPerPrimary: 1e9, maxBytes: 1e9, ...limits },
    () => 2,
  );
  const { deliver, told } = givenPipeline(produce, { inFlight }, { maxJoinsPerMessage });
  const terminator = await startTerminator({ deliver, relief: inFlight.relief });
  return Object.assign(terminator, { calls, pipelineTold: told, inFlight });
}

const message = (id: string, note = ''): object => envelope([jobs({ ...job, note })], { id });

describe('what is in flight', () => {
  test.each<[string, Partial<InFlightLimits>, string]>([
    ['messages of a primary', { maxMessagesPerPrimary: 3 }, ''],
    ['bytes of a primary', { maxBytesPerPrimary: 30_000 }, 'x'.repeat(10_000)],
    ['bytes over all', { maxBytes: 40_000 }, 'x'.repeat(10_000)],
  ])(
    'is bounded: no more is read at the limit on %s, and another primary is served',
    async (_what, limits, note) => {
      await using terminator = await start(limits);
      await using full = await openPrimary(terminator);
      await using other = await openPrimary(terminator, 'primary2');
      for (let n = 0; n < 200; n++) full.send(message(`N${n}`, note));
      expect(await terminator.event('paused')).toEqual(['primary1', true]);
      other.send(message('OTHER'));
      const ofOther = () => terminator.delivered.findIndex(({ primary }) => primary === 'primary2');
      while (ofOther() < 0) await terminator.message(terminator.delivered.length + 1);
      terminator.calls[ofOther()]?.commit();
      expect(await other.next()).toMatchObject({ id: 'OTHER' });
      expect(terminator.inFlight.of('primary1').messages).toBeLessThan(200);

      for (let committed = 0, answered = 0; answered < 200; answered++) {
        for (; committed < terminator.calls.length; committed++) terminator.calls[committed]?.commit();
        expect(await full.next()).toMatchObject({ id: `N${answered}` });
      }
      expect(terminator.inFlight.of('primary1')).toMatchObject({ messages: 0, bytes: 0 });
    },
  );
});

describe('resends of one message', () => {
  test('wait for its delivery up to their limit; those beyond it are not answered, and cost nothing', async () => {
    await using terminator = await start({}, 3);
    await using peer = await openPrimary(terminator);
    for (let n = 0; n < 10; n++) peer.send(message('N1'));
    await peer.roundTrip();
    expect(terminator.calls).toHaveLength(1);
    expect(terminator.pipelineTold.filter(([event]) => event === 'joinedTooOften')).toHaveLength(6);
    expect(terminator.inFlight.of('primary1').messages).toBe(1);
    terminator.calls[0]?.commit();
    for (let n = 0; n < 4; n++) expect(await peer.next()).toMatchObject({ id: 'N1' });
    await peer.roundTrip();
    expect(peer.unread).toEqual([]);
    peer.send(message('N1'));
    expect(await peer.next()).toMatchObject({ id: 'N1' });
  });
});
