import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mountSecret } from '../helpers/kubernetes-mount.ts';
import { expectAnswer, expectRefusal, open, revoked, startReloading } from '../helpers/reloading.ts';
import { pki } from '../helpers/simulation.ts';

const empty = /primary2 is empty: write the primary's token into it$/;
const comment = /primary2, line 1: no token begins with #/;
const nothing = { added: [], removed: [], changed: [], closedSessions: 0 };

describe('a token file that can not be used', () => {
  test('keeps its own tokens, while another primary that is removed loses its sessions at once', async () => {
    await using given = await startReloading();
    await using gone = await open(given.terminator, 'secret');
    await using stays = await open(given.terminator, 'another-secret');
    given.writeToken('primary2', '');
    rmSync(join(given.tokenDirectory, 'primary1'));
    expect(await gone.closed()).toEqual(revoked);
    expect(await given.event('tokensReloaded')).toEqual([
      { added: [], removed: ['primary1'], changed: [], closedSessions: 1 },
    ]);
    expect(await given.event('reloadFailed')).toEqual([
      'tokens',
      [expect.stringMatching(empty)],
      ['primary2'],
    ]);
    await expectRefusal(given.terminator, 'secret');
    await expectAnswer(stays);
    await using again = await open(given.terminator, 'another-secret');
    await expectAnswer(again);
  });

  test('does not hold up a rotation of another primary, nor a new one', async () => {
    await using given = await startReloading();
    await using old = await open(given.terminator, 'secret');
    given.writeToken('primary2', '# rotated\na-newer-secret');
    given.writeToken('primary1', 'a-new-secret');
    given.writeToken('primary3', 'a-third');
    expect(await old.closed()).toEqual(revoked);
    await expectAnswer(await open(given.terminator, 'a-new-secret'));
    await expectAnswer(await open(given.terminator, 'a-third'));
    await expectAnswer(await open(given.terminator, 'another-secret'));
    await expectRefusal(given.terminator, 'a-newer-secret');
    await expectRefusal(given.terminator, '# rotated');
    expect(given.told('reloadFailed').at(-1)).toEqual([
      'tokens',
      [expect.stringMatching(comment)],
      ['primary2'],
    ]);
  });

  test('is over when it can be used again, and what it had before is then revoked', async () => {
    await using given = await startReloading();
    await using kept = await open(given.terminator, 'another-secret');
    given.writeToken('primary2', 'SHA256:spoilt');
    await given.event('reloadFailed');
    expect(given.told('tokensReloaded')).toEqual([]);
    given.writeToken('primary2', 'renewed');
    expect(await kept.closed()).toEqual(revoked);
    expect(await given.event('tokensReloaded')).toEqual([
      { added: [], removed: [], changed: ['primary2'], closedSessions: 1 },
    ]);
    expect(given.told('reloadFailed')).toHaveLength(1);
  });

  test('is over, too, when it is removed, which revokes its tokens', async () => {
    await using given = await startReloading();
    await using peer = await open(given.terminator, 'another-secret');
    given.writeToken('primary2', '');
    await given.event('reloadFailed');
    rmSync(join(given.tokenDirectory, 'primary2'));
    expect(await peer.closed()).toEqual(revoked);
    expect(await given.event('tokensReloaded')).toMatchObject([{ removed: ['primary2'], closedSessions: 1 }]);
    await expectRefusal(given.terminator, 'another-secret');
  });

  test('is told again when something else is taken over meanwhile: it is the last word of each reload', async () => {
    await using given = await startReloading();
    given.writeToken('primary2', '');
    await given.event('reloadFailed');
    given.writeToken('primary3', 'a-third');
    expect(await given.event('tokensReloaded')).toMatchObject([{ added: ['primary3'] }]);
    expect(await given.event('reloadFailed', 2)).toEqual([
      'tokens',
      [expect.stringMatching(empty)],
      ['primary2'],
    ]);
  });

  test('such as a stray one that goes again: then it is told that the tokens are right', async () => {
    await using given = await startReloading();
    await using peer = await open(given.terminator, 'secret');
    given.writeToken('primary1.bak~', 'secret');
    expect(await given.event('reloadFailed')).toEqual([
      'tokens',
      [expect.stringContaining('the file name "primary1.bak~"')],
      [],
    ]);
    rmSync(join(given.tokenDirectory, 'primary1'));
    expect(await peer.closed()).toEqual(revoked);
    rmSync(join(given.tokenDirectory, 'primary1.bak~'));
    expect(await given.event('tokensReloaded', 2)).toEqual([nothing]);
  });

  test('is told once, however often it is looked at; and it is told when all are right again', async () => {
    await using given = await startReloading({ pollIntervalMs: 100 });
    given.writeToken('primary2', '');
    await given.event('reloadFailed');
    given.reload();
    expect(given.told('reloadFailed')).toHaveLength(2);
    given.writeToken('primary2', ' ');
    given.writeToken('primary1', '');
    await given.event('reloadFailed', 3);
    given.writeToken('primary1', 'secret');
    given.writeToken('primary2', 'another-secret');
    expect(await given.event('tokensReloaded')).toEqual([nothing]);
    expect(given.told('reloadFailed').map(([, problems]) => problems.length)).toEqual([1, 1, 2]);
  });

  test('of the probe keeps the token of the probe', async () => {
    await using given = await startReloading();
    given.writeToken('probe', 'of-the-probe');
    await given.event('tokensReloaded');
    await using probe = await open(given.terminator, 'of-the-probe');
    given.writeToken('probe', 'of the probe');
    expect(await given.event('reloadFailed')).toEqual([
      'tokens',
      [expect.stringMatching(/probe, line 1: a token has no blank inside/)],
      ['probe'],
    ]);
    await using again = await open(given.terminator, 'of-the-probe');
    expect([probe.unread, again.unread]).toEqual([[], []]);
    expect(given.terminator.told('closed')).toEqual([]);
    await expectRefusal(given.terminator, 'of the probe');
  });

  test('because it holds the token of another primary takes nothing from that one', async () => {
    await using given = await startReloading();
    await using one = await open(given.terminator, 'secret');
    await using two = await open(given.terminator, 'another-secret');
    given.writeToken('primary2', 'secret');
    expect(await given.event('reloadFailed')).toEqual([
      'tokens',
      [expect.stringContaining('primary1 and primary2 hold the same token')],
      ['primary2'],
    ]);
    await expectAnswer(one);
    await expectAnswer(two);
    await using again = await open(given.terminator, 'secret');
    await expectAnswer(again);
    expect(given.terminator.told('authenticated').map(([primary]) => primary)).toEqual([
      'primary1',
      'primary2',
      'primary1',
    ]);
  });
});

test('in a mount of Kubernetes a key that is spoilt keeps its tokens, and a key that is gone does not', async () => {
  await using given = await startReloading({
    prepare({ tokenDirectory, tlsDirectory }) {
      mountSecret(tokenDirectory, { nbu1: 'one\n', nbu2: 'two\n' });
      mountSecret(tlsDirectory, { 'tls.crt': pki.cert, 'tls.key': pki.key });
    },
  });
  await using one = await open(given.terminator, 'one');
  await using two = await open(given.terminator, 'two');
  mountSecret(given.tokenDirectory, { nbu2: '# comment\ntwo\n' });
  expect(await one.closed()).toEqual(revoked);
  await given.event('reloadFailed');
  await expectAnswer(two);
});
