import { expect, test } from 'vitest';
import { scram } from '../../../src/kafka/scram.ts';

/** A server that answers in this order, and what it was sent. */
function server(...answers: string[]) {
  const sent: string[] = [];
  const exchange = (message: string) => Promise.resolve(answers[sent.push(message) - 1] ?? '');
  return { sent, exchange };
}

/** RFC 7677, 3. */
const example = {
  hash: 'sha256',
  username: 'user',
  password: 'pencil',
  nonce: 'rOprNGfwEbeRWgbNEkqO',
} as const;
const serverNonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const challenge = `r=${serverNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const signature = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

test('speaks the example of RFC 7677', async () => {
  const { sent, exchange } = server(challenge, signature);
  await scram({ ...example, exchange });
  expect(sent).toEqual([
    'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
    `c=biws,r=${serverNonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
  ]);
});

test('escapes what would end a name', async () => {
  const { sent, exchange } = server('e=unknown-user');
  await expect(scram({ ...example, username: 'a=b,c', exchange })).rejects.toThrow('unknown-user');
  expect(sent[0]).toBe('n,,n=a=3Db=2Cc,r=rOprNGfwEbeRWgbNEkqO');
});

test.each([
  ["a nonce that isn't ours", [challenge.replace('rOpr', 'rOpx'), signature], 'nonce'],
  ['our nonce alone', [challenge.replace(serverNonce, example.nonce), signature], 'nonce'],
  ['too few iterations', [challenge.replace('4096', '4095'), signature], '4095 iterations'],
  ['iterations without end', [challenge.replace('4096', '2147483647'), signature], '2147483647 iterations'],
  ['no number of iterations', [challenge.replace('4096', 'x'), signature], 'x iterations'],
  ['a refusal', [challenge, 'e=invalid-proof'], 'invalid-proof'],
  ["a signature that isn't the password's", [challenge, `v=${'A'.repeat(43)}=`], "doesn't know the password"],
  ['no signature', [challenge, ''], "doesn't know the password"],
  ['nothing', ['', ''], 'nonce'],
] as const)('takes no server for the right one that sends %s', async (_, answers, reason) => {
  await expect(scram({ ...example, exchange: server(...answers).exchange })).rejects.toThrow(reason);
});
