import assert from 'node:assert/strict';
import type { Peer } from '../../helpers/peer.ts';
import type { Terminator } from '../../helpers/terminator.ts';
import type { Answer, Model, Seen } from './state.ts';
import type { Watch } from './watch-peer.ts';

/** Waits for what the model expects of the last step, then looks whether there is more. Throws where anything differs. */
export async function compare(model: Model, terminator: Terminator, peer: Peer, watch: Watch): Promise<void> {
  const { seen, end } = model;
  if (end === null) await awaitSeen(model, peer, watch);
  else {
    const { code } = await peer.closed();
    assert.ok(end.peerSees.includes(code), `the peer sees ${code}, and not ${end.peerSees.join(' or ')}`);
    const [primary, , told, byUs] = await terminator.event('closed');
    const expected = [model.connectId === null ? null : 'primary1', end.code, end.byUs];
    assert.deepEqual([primary, told, byUs], expected, 'what is told of the end');
  }
  watch.pongs = 0;
  watch.pings = 0;
  const texts = (peer.unread as string[]).splice(0);
  compareAnswers(texts.map(answerOf), seen);
  await compareTold(model, terminator);
}

async function awaitSeen({ seen, paused }: Model, peer: Peer, watch: Watch): Promise<void> {
  const { answers, pongs, pings } = seen;
  await watch.until(
    () => peer.unread.length >= answers.length && watch.pongs >= pongs && watch.pings >= pings,
    `${answers.length} answers, ${pongs} pongs and ${pings} pings`,
  );
  // A bridge that is paused reads no ping.
  if (!paused) await watch.barrier();
  assert.deepEqual([watch.pongs, watch.pings], [pongs, pings], 'pongs and pings');
}

async function compareTold(model: Model, terminator: Terminator): Promise<void> {
  const { delivered, pauses, limits, refusals, end } = model;
  if (delivered.length > 0) await terminator.message(delivered.length);
  if (pauses.length > 0) await terminator.event('paused', pauses.length);
  const got = {
    delivered: terminator.delivered.map(({ kind, id }) => ({ kind, id })),
    pauses: terminator.told('paused').map(([, paused]) => paused),
    limits: terminator.told('limitHit').map(([limit]) => limit),
    refusals: terminator.told('refused').map(([, reason]) => reason),
    ends: terminator.told('closed').length,
    sessions: terminator.listener.sessions.size,
  };
  const ended = end === null ? 0 : 1;
  const expected = {
    delivered: delivered.map(({ kind, id }) => ({ kind, id })),
    pauses,
    limits,
    refusals,
    ends: ended,
    sessions: 1 - ended,
  };
  assert.deepEqual(got, expected, 'what was delivered and told');
}

function answerOf(text: string): Answer {
  const { id, type, payload, ...rest } = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual(rest, { version: '1.0', subType: 'RESPONSE', timeStamp: 1_700_000_000 }, 'an answer');
  assert.ok(type === 'CONNECT' || type === 'NOTIFICATION');
  if (type === 'CONNECT') return [type, id as string, (payload as { valid: boolean }).valid];
  assert.deepEqual(payload, []);
  return [type, id as string];
}

function compareAnswers(got: readonly Answer[], { answers, late }: Seen): void {
  const textsOf = (list: readonly Answer[]) => list.map((answer) => JSON.stringify(answer)).toSorted();
  const [missing, mayCome] = [textsOf(answers), textsOf(late)];
  for (const text of textsOf(got)) {
    const list = missing.includes(text) ? missing : mayCome;
    assert.ok(list.includes(text), `an answer that nobody waits for: ${text}`);
    list.splice(list.indexOf(text), 1);
  }
  assert.deepEqual(missing, [], 'answers that did not come');
}
