/** A cluster that is reached, and sends its clients to an address where it isn't. */
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { checkKafka } from '../../src/kafka/check.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { openDoor } from '../helpers/doors.ts';
import { startPrivateBroker } from '../helpers/private-broker.ts';

/** What is said of the brokers, as "state text". */
const asked = async (brokers: readonly string[]) => {
  const verdicts = await checkKafka(
    {
      brokers,
      clientId: 'test',
      connectTimeoutMs: 1_000,
      requestTimeoutMs: 2_000,
      topics: ['check-advertised'],
      deadLetters: '',
    },
    pino({ level: 'silent' }),
  );
  return verdicts.filter(({ what }) => what === 'kafka.brokers').map(({ state, text }) => `${state} ${text}`);
};

test('a cluster that gives its clients an address where it is not is told so: the one that was given does answer', async () => {
  const elsewhere = `127.0.0.1:${await freePort()}`;
  await using broker = await startPrivateBroker({ 'advertised.listeners': `PLAINTEXT://${elsewhere}` });
  const text = `^failed .*ECONNREFUSED ${elsewhere}.* it is the address that broker 1 gives its clients \\(advertised\\.listeners\\)`;
  expect(await asked(broker.bootstrapServers)).toEqual([
    expect.stringMatching(new RegExp(`^ok ${broker.bootstrapServers[0]} answers`)),
    expect.stringMatching(new RegExp(text)),
  ]);
});

test('the addresses that the cluster gives are tried beside the one that was asked', async () => {
  const brokers = inject('bootstrapServers');
  const [given = ''] = brokers;
  const [host = '', port] = given.split(':');
  await using door = await openDoor(0, { host, port: Number(port) });
  const [first, ...others] = await asked([`127.0.0.1:${door.port}`]);
  expect(first).toMatch(new RegExp(`^ok 127\\.0\\.0\\.1:${door.port} answers`));
  expect(others.toSorted()).toEqual(
    brokers.toSorted().map((address) => expect.stringMatching(new RegExp(`^ok ${address} answers`))),
  );
});
