import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import type { Credentials } from '../../src/session/credentials.ts';
import { connectRequest, openPeer } from '../helpers/peer.ts';
import { pki } from '../helpers/simulation.ts';
import { startTerminator, tokens, writeCredentials } from '../helpers/terminator.ts';

const clientOfPrimary2 = await pki.issue({ hosts: ['primary2'] });

interface Refusal {
  /** Everything that the bridge sent behind the upgrade: its frames as they are. */
  readonly bytes: string;
  readonly close: { readonly code: number; readonly reason: string };
  readonly reason: unknown;
  /** What the credentials were asked for. */
  readonly lookedUp: readonly string[];
}

/** How a client with the certificate of primary2 is refused for this payload of its CONNECT. */
async function refusalOf(payload: unknown): Promise<Refusal> {
  const known = writeCredentials(tokens);
  const lookedUp: string[] = [];
  const credentials: Credentials = {
    ...known,
    authenticate(token) {
      lookedUp.push(token);
      return known.authenticate(token);
    },
  };
  await using terminator = await startTerminator({
    credentials: () => credentials,
    certificate: { clientCa: pki.ca },
    tls: { clientCertificate: 'required', clientNameIsPrimary: true },
  });
  await using peer = await openPeer(terminator, clientOfPrimary2);
  const chunks: Buffer[] = [];
  peer.tls.on('data', (chunk: Buffer) => chunks.push(chunk));
  peer.send({ ...connectRequest(), payload });
  const close = await peer.closed();
  expect(terminator.told('authenticated')).toEqual([]);
  const [[, reason] = []] = terminator.told('refused');
  return { bytes: Buffer.concat(chunks).toString('latin1'), close, reason, lookedUp };
}

const guess = await refusalOf({ token: 'guess' });

test('a guessed token is answered valid: false, and then closed with 1008', () => {
  expect(guess.bytes).toContain('"payload":{"valid":false}');
  expect(guess.close).toEqual({ code: 1008, reason: 'token refused' });
});

test.each<[string, unknown, string]>([
  ['a token of another primary than the certificate', { token: tokens.primary1 }, 'certificate-mismatch'],
  ['a part of a token', { token: tokens.primary2.slice(0, -1) }, 'bad-token'],
  ['the hash of a token', { token: createHash('sha256').update(tokens.primary2).digest('hex') }, 'bad-token'],
  ['a very long token', { token: 'x'.repeat(4000) }, 'bad-token'],
  ['an empty token', { token: '' }, 'bad-token'],
  ['a comment', { token: '# token' }, 'bad-token'],
  ['no token', {}, 'bad-token'],
  ['a token that is a number', { token: 7 }, 'bad-token'],
  ['a token in a list', { token: [tokens.primary2] }, 'bad-token'],
  ['a payload that is a list', [{ token: tokens.primary2 }], 'bad-token'],
  ['a payload that is null', null, 'bad-token'],
  ['no payload', undefined, 'bad-token'],
])('%s is refused with the very bytes of a guess, and after the same look-up', async (_, payload, reason) => {
  const refusal = await refusalOf(payload);
  expect(refusal).toMatchObject({ bytes: guess.bytes, close: guess.close, reason });
  expect(refusal.lookedUp).toHaveLength(1);
});

test('the audit names the primary whose token came with the certificate of another', async () => {
  await using terminator = await startTerminator({
    certificate: { clientCa: pki.ca },
    tls: { clientCertificate: 'required', clientNameIsPrimary: true },
  });
  await using peer = await openPeer(terminator, clientOfPrimary2);
  peer.send(connectRequest({ token: tokens.primary1 }));
  await peer.closed();
  expect(terminator.told('refused')).toEqual([[expect.any(String), 'certificate-mismatch', 'primary1']]);
});

test('the certificate and the token of one primary let it in', async () => {
  await using terminator = await startTerminator({
    certificate: { clientCa: pki.ca },
    tls: { clientCertificate: 'required', clientNameIsPrimary: true },
  });
  await using peer = await openPeer(terminator, clientOfPrimary2);
  peer.send(connectRequest({ token: tokens.primary2 }));
  expect(await peer.next()).toMatchObject({ payload: { valid: true } });
});
