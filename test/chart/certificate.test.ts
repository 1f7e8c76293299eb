import { expect, test } from 'vitest';
import { render } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { one } from './objects.ts';

const keyOf = async (privateKey: Tree): Promise<unknown> =>
  at(one(await render('cert-manager', { certManager: { privateKey } }), 'Certificate'), 'spec.privateKey');

test.each([
  [{}, { algorithm: 'RSA', size: 2048 }],
  [{ size: 3072 }, { algorithm: 'RSA', size: 3072 }],
  [{ algorithm: 'ECDSA' }, { algorithm: 'ECDSA', size: 256 }],
  [
    { algorithm: 'ECDSA', size: 521 },
    { algorithm: 'ECDSA', size: 521 },
  ],
  [{ algorithm: 'Ed25519' }, { algorithm: 'Ed25519' }],
])('the private key %j becomes %j, which cert-manager takes', async (given, key) => {
  expect(await keyOf(given)).toEqual({ ...key, rotationPolicy: 'Always' });
});

test.each([
  ['1h', '59m'],
  ['1.5h', '1h29m59.5s'],
  ['2160h', '720h'],
])('a certificate of %s may be renewed %s before its end', async (duration, renewBefore) => {
  const objects = await render('cert-manager', { certManager: { duration, renewBefore } });
  expect(at(one(objects, 'Certificate'), 'spec')).toMatchObject({ duration, renewBefore });
});
