/** A cluster that is reached, and sends its clients to an address where it isn't. */
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { checkKafka } from '../../src/kafka/check.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { openDoor } from '../helpers/doors.ts';
import { startPrivateBroker } from '../helpers/private-broker.ts';

const asked = (brokers: readonly string[]) =>
  checkKafka(
    {
      brokers,
      clientId: 'test',
      connectTimeoutMs: 1_000,
      requestTimeoutMs: 2_000,
      topics: [],
      deadLetters: '',
    },
    pino({ level: 'silent' }),
  );

test('a cluster that gives its clients an address where it is not is told so: the one that was given does answer', async () => {
  const elsewhere = `127.0.0.1:${await freePort()}`;
  await using broker = await startPrivateBroker({ 'advertised.listeners': `PLAINTEXT://${elsewhere}` });
  const text = `${broker.bootstrapServers[0]} answers, but the addresses .*advertised\\.listeners\\) do not: .*ECONNREFUSED ${elsewhere}`;
  expect(await asked(broker.bootstrapServers)).toEqual([
    { what: 'kafka.brokers', state: 'failed', text: expect.stringMatching(new RegExp(text)), exitCode: 69 },
  ]);
});

test('the addresses that the cluster gives are tried beside the one that was asked', async () => {
  const [given = ''] = inject('bootstrapServers');
  const [host = '', port] = given.split(':');
  await using door = await openDoor(0, { host, port: Number(port) });
  const brokers = (await asked([`127.0.0.1:${door.port}`])).filter(({ what }) => what === 'kafka.brokers');
  expect(brokers.map(({ state, text }) => `${state} ${text}`)).toEqual([
    expect.stringMatching(new RegExp(`^ok 127\\.0\\.0\\.1:${door.port} answers`)),
    expect.stringMatching(new RegExp(`^ok ${given} answers`)),
  ]);
});
