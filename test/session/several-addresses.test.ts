/** Whoever connects by a name whose first address drops the first SYN, and whose second has nobody: the repeated SYN comes after 1 s. */
import { expect, test } from 'vitest';
import { pino } from 'pino';
import { checkTracing } from '../../src/check-tracing.ts';
import { createRegistryCall } from '../../src/encode/registry-call.ts';
import { connectCluster } from '../../src/kafka/cluster.ts';
import { secureContextOf } from '../../src/simulator/options.ts';
import { probe } from '../../src/simulator/probe.ts';
import { answerAs } from '../helpers/answering-registry.ts';
import { namesHave } from '../helpers/several-addresses.ts';
import { openSilentAddress } from '../helpers/silent-address.ts';
import { pki, simulate } from '../helpers/simulation.ts';
import { startSpanCollector } from '../helpers/span-collector.ts';
import { startTerminator } from '../helpers/terminator.ts';
import { scriptedBroker } from '../unit/kafka/scripted-broker.ts';

const boundMs = 20_000;

/** The way to a port of 127.0.0.1 by a name like that: it is there when its first SYN was dropped. */
async function slowWayTo(port: number) {
  const way = await openSilentAddress('127.0.0.3', 0, port);
  void namesHave('127.0.0.3', '127.0.0.5').then(way.accept);
  return way;
}

test('simulate', async () => {
  await using terminator = await startTerminator();
  await using way = await slowWayTo(terminator.port);
  await using simulator = simulate(`wss://localhost:${way.port}/nbwss`, { connectTimeoutMs: boundMs });
  expect(await simulator.connect()).toMatchObject({ outcome: 'established' });
});

test('probe', async () => {
  await using terminator = await startTerminator();
  await using way = await slowWayTo(terminator.port);
  const steps: string[] = [];
  const probed = probe({
    url: new URL(`wss://localhost:${way.port}/nbwss`),
    token: 'secret',
    secureContext: secureContextOf(pki.ca),
    given: { hasCa: true, hasCertificate: false },
    servername: undefined,
    proxyProtocol: false,
    timeoutMs: boundMs,
    onStep: ({ text }) => void steps.push(text),
  });
  expect(await probed).toMatchObject({ ok: true });
  expect(steps[0]).toBe(`connected to 127.0.0.3:${way.port}`);
});

test('a call of the registry, as one of a token endpoint', async () => {
  await using registry = await answerAs(() => ({ status: 200, body: { it: 'answers' } }));
  await using way = await slowWayTo(Number(new URL(registry.url).port));
  const call = createRegistryCall({ url: `http://several.test:${way.port}`, requestTimeoutMs: boundMs }, 1);
  expect(await call('GET', '/subjects')).toMatchObject({ status: 200 });
});

test('Kafka', async () => {
  await using broker = await scriptedBroker(() => null);
  await using way = await slowWayTo(broker.address.port);
  const connected = connectCluster(
    {
      brokers: [`several.test:${way.port}`],
      clientId: 'test',
      connectTimeoutMs: boundMs,
      requestTimeoutMs: boundMs,
    },
    pino({ level: 'silent' }),
  );
  await using cluster = await connected;
  expect(cluster).toBeDefined();
});

test('the check of the collector', async () => {
  await using collector = await startSpanCollector();
  await using way = await slowWayTo(Number(new URL(collector.endpoint).port));
  expect(await checkTracing(`http://several.test:${way.port}/v1/traces`)).toMatchObject([{ state: 'ok' }]);
});
