import { expect, test } from 'vitest';
import { loadValid } from '../../../src/config/load.ts';
import { required, yamlFile } from './given.ts';

const paths = ['listen.tls.certFile', 'listen.tls.clientCaFile', 'credentials.tokenDirectory'] as const;

test('what is valid is there, whatever is wrong around it', async () => {
  await using file = await yamlFile(`listen: { prot: 1, port: x, tls: { certFile: tls.crt, keyfile: y } }
credentials: { tokenDirectory: tokens }
nonsense: true`);
  expect(loadValid({ file: file.path, env: { NBWSS_DRAIN_DELAY_MS: 'soon' } }, paths)).toEqual({
    'listen.tls.certFile': 'tls.crt',
    'credentials.tokenDirectory': 'tokens',
  });
});

test('what is not valid is left out', async () => {
  await using file = await yamlFile(`listen: { tls: { certFile: 7, clientCaFile: "" } }
credentials: tokens`);
  expect(loadValid({ file: file.path }, paths)).toEqual({});
});

test('flags and the environment are there also when the file can not be read', async () => {
  await using file = await yamlFile('listen: [');
  const env = { NBWSS_CREDENTIALS_TOKEN_DIRECTORY: 'of-environment' };
  expect(loadValid({ file: file.path, env, flags: required }, paths)).toEqual({
    'listen.tls.certFile': 'tls.crt',
    'credentials.tokenDirectory': 'tokens',
  });
  expect(loadValid({ file: file.path, env }, paths)).toEqual({
    'credentials.tokenDirectory': 'of-environment',
  });
});
