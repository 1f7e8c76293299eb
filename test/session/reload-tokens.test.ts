import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { hashOf } from '../../src/session/token-lines.ts';
import { mountSecret } from '../helpers/kubernetes-mount.ts';
import { connectRequest, notification, openPeer } from '../helpers/peer.ts';
import { expectAnswer, expectRefusal, open, revoked, startReloading } from '../helpers/reloading.ts';
import { pki } from '../helpers/simulation.ts';

describe('a token', () => {
  test('is rotated without a session lost: both are taken, then the old one goes with its session only', async () => {
    await using given = await startReloading();
    const { terminator, writeToken } = given;
    await using old = await open(terminator, 'secret');
    writeToken('primary1', 'a-new-secret\nsecret\n');
    expect(await given.event('tokensReloaded')).toEqual([
      { added: [], removed: [], changed: ['primary1'], closedSessions: 0 },
    ]);
    await using renewed = await open(terminator, 'a-new-secret');
    await using second = await open(terminator, 'secret');
    await using other = await open(terminator, 'another-secret');
    await expectAnswer(old);

    writeToken('primary1', 'a-new-secret\n');
    expect(await old.closed()).toEqual(revoked);
    expect(await second.closed()).toEqual(revoked);
    expect(await given.event('tokensReloaded', 2)).toMatchObject([
      { changed: ['primary1'], closedSessions: 2 },
    ]);
    await expectAnswer(renewed);
    await expectAnswer(other);
    await expectRefusal(terminator, 'secret');
    expect(terminator.told('closed').slice(0, 2)).toEqual([
      ['primary1', expect.any(String), 1008, true],
      ['primary1', expect.any(String), 1008, true],
    ]);
  });

  test('that is removed with its file closes its sessions, and nobody gets in with it', async () => {
    await using given = await startReloading();
    await using gone = await open(given.terminator, 'secret');
    await using other = await open(given.terminator, 'another-secret');
    rmSync(join(given.tokenDirectory, 'primary1'));
    expect(await gone.closed()).toEqual(revoked);
    expect(await given.event('tokensReloaded')).toEqual([
      { added: [], removed: ['primary1'], changed: [], closedSessions: 1 },
    ]);
    await expectAnswer(other);
    await expectRefusal(given.terminator, 'secret');
  });

  test('that moves to the file of another primary closes its sessions, and then opens those of the other', async () => {
    await using given = await startReloading();
    await using moved = await open(given.terminator, 'secret');
    renameSync(join(given.tokenDirectory, 'primary1'), join(given.tokenDirectory, 'primary3'));
    expect(await moved.closed()).toEqual(revoked);
    expect(await given.event('tokensReloaded')).toMatchObject([
      { added: ['primary3'], removed: ['primary1'], changed: [], closedSessions: 1 },
    ]);
    await using again = await open(given.terminator, 'secret');
    await again.roundTrip();
    expect(given.terminator.told('authenticated').at(-1)).toEqual(['primary3', expect.any(String)]);
  });

  test('that is replaced by its hash closes nothing', async () => {
    await using given = await startReloading();
    await using peer = await open(given.terminator, 'secret');
    given.writeToken('primary1', `${hashOf('secret')}\n`);
    given.writeToken('primary3', 'a-third\n');
    await given.event('tokensReloaded');
    expect(given.told('tokensReloaded')).toEqual([
      [{ added: ['primary3'], removed: [], changed: [], closedSessions: 0 }],
    ]);
    await expectAnswer(peer);
  });

  test('is taken by who connected before it was there and sends its CONNECT after', async () => {
    await using given = await startReloading();
    await using peer = await openPeer(given.terminator);
    given.writeToken('primary3', 'a-third\n');
    await given.event('tokensReloaded');
    peer.send(connectRequest({ token: 'a-third' }));
    expect(await peer.next()).toMatchObject({ payload: { valid: true } });
  });

  test('that is revoked ends a session whose socket is paused, too', async () => {
    const relief = Promise.withResolvers<void>();
    let full = false;
    await using given = await startReloading({
      terminator: { relief: () => (full ? relief.promise : null) },
    });
    await using peer = await open(given.terminator, 'secret');
    full = true;
    peer.send(notification('N1'));
    await given.terminator.event('paused');
    rmSync(join(given.tokenDirectory, 'primary1'));
    expect(await peer.closed()).toEqual(revoked);
    expect(given.terminator.told('paused')).toEqual([
      ['primary1', true],
      ['primary1', false],
    ]);
  });
});

describe('a mount of Kubernetes', () => {
  test('is followed through each swap, primaries that come and go among them', async () => {
    await using given = await startReloading({
      prepare({ tokenDirectory, tlsDirectory }) {
        mountSecret(tokenDirectory, { nbu1: 'one\n', nbu2: 'two\n' });
        mountSecret(tlsDirectory, { 'tls.crt': pki.cert, 'tls.key': pki.key });
      },
    });
    await using one = await open(given.terminator, 'one');
    await using two = await open(given.terminator, 'two');
    mountSecret(given.tokenDirectory, { nbu1: 'one\n', nbu3: 'three\n' });
    expect(await two.closed()).toEqual(revoked);
    expect(await given.event('tokensReloaded')).toEqual([
      { added: ['nbu3'], removed: ['nbu2'], changed: [], closedSessions: 1 },
    ]);
    await using three = await open(given.terminator, 'three');
    mountSecret(given.tokenDirectory, { nbu1: 'renewed\n', nbu3: 'three\n' });
    expect(await one.closed()).toEqual(revoked);
    await expectAnswer(three);
    expect(given.told('reloadFailed')).toEqual([]);
  });
});

describe('tokens that can not be used leave those from before as they are', () => {
  test.each<[string, (directory: string) => void, RegExp]>([
    [
      'an empty directory',
      (directory) => ['primary1', 'primary2'].forEach((name) => rmSync(join(directory, name))),
      /holds no token/,
    ],
    [
      'no directory at all',
      (directory) => renameSync(directory, `${directory}.away`),
      /can't read the token directory .*ENOENT/,
    ],
    ['a mount without files', (directory) => mountSecretInstead(directory), /holds no token/],
  ])('%s', async (_what, spoil, problem) => {
    await using given = await startReloading();
    await using peer = await open(given.terminator, 'secret');
    spoil(given.tokenDirectory);
    expect(await given.event('reloadFailed')).toEqual(['tokens', [expect.stringMatching(problem)], null]);
    await expectAnswer(peer);
    await using another = await open(given.terminator, 'another-secret');
    await expectAnswer(another);
    expect(given.told('tokensReloaded')).toEqual([]);
  });
});

describe('a reload that is asked for', () => {
  test('is told also when nothing has changed', async () => {
    await using given = await startReloading();
    await using peer = await open(given.terminator, 'secret');
    given.reload();
    expect(given.told('tokensReloaded')).toEqual([
      [{ added: [], removed: [], changed: [], closedSessions: 0 }],
    ]);
    expect(given.told('certificateReloaded')).toHaveLength(1);
    await expectAnswer(peer);
  });

  test('reads what was written this very moment', async () => {
    await using given = await startReloading();
    given.writeToken('primary3', 'a-third');
    given.reload();
    await using peer = await open(given.terminator, 'a-third');
    await expectAnswer(peer);
  });

  test('is passed over once reloading has ended', async () => {
    const given = await startReloading();
    await given[Symbol.asyncDispose]();
    given.reload();
    expect(given.told('tokensReloaded')).toEqual([]);
    expect(given.told('reloadFailed')).toEqual([]);
  });
});

/** The secret was emptied: the mount has links to nothing but its version. */
function mountSecretInstead(directory: string): void {
  for (const name of ['primary1', 'primary2']) rmSync(join(directory, name));
  mountSecret(directory, {});
}
