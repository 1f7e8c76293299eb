import { expect, test } from 'vitest';
import { createBrokerSenders } from '../../../src/kafka/broker-senders.ts';
import { turn } from '../produce/given.ts';
import { scriptedCluster } from './scripted-cluster.ts';

const broker = { host: 'b', port: 1 };
const other = { host: 'b', port: 2 };

function given() {
  const { cluster, requests, request } = scriptedCluster();
  const ended: string[] = [];
  const throttled: string[] = [];
  let links = 0;
  const senders = createBrokerSenders(
    {
      linkTo(address) {
        const number = links++;
        return { ...cluster.linkTo(address), destroy: (reason) => void ended.push(`${number} ${reason}`) };
      },
    },
    {
      maxRequestBytes: 100_000,
      maxInFlightRequests: 1,
      ackTimeoutMs: 9_000,
      onThrottled: (name, ms) => void throttled.push(`${name} ${ms}`),
    },
  );
  const send = (to: typeof broker, isRetry: boolean, text: string) => {
    const bytes = Buffer.alloc(100);
    bytes.write(`<${text}>`, 61);
    senders
      .senderTo(to, isRetry)
      .add({ to: { topic: text, partition: 0 }, bytes, goesAlone: false, settle() {} });
  };
  const connectionOf = (text: string) =>
    requests.find(({ batches }) => batches.some(({ topic }) => topic === text))?.connection;
  return { senders, send, connectionOf, requests, request, ended, throttled };
}

test('batches that have failed go by other connections, the least loaded of them, so that one that blocks holds up nobody else', async () => {
  const { send, connectionOf } = given();
  send(broker, false, 'healthy');
  for (const text of ['blocked', 'second', 'third']) send(broker, true, text);
  await turn();
  const connections = ['healthy', 'blocked', 'second', 'third'].map(connectionOf);
  expect(new Set(connections).size).toBe(4);
});

test('what waits behind batches that block goes together, in one request for each connection', async () => {
  const { send, requests, request } = given();
  for (const text of ['one', 'two', 'three']) send(broker, true, text);
  await turn();
  expect(requests).toHaveLength(3);
  for (const text of ['four', 'five', 'six', 'seven']) {
    send(broker, true, text);
    await turn();
  }
  expect(requests).toHaveLength(3);
  (await request(0)).answer();
  await turn();
  expect(requests[3]?.batches.map(({ topic }) => topic)).toEqual(['four', 'seven']);
});

test('the time of throttles that overlap is told once', async () => {
  const { send, request, throttled } = given();
  send(broker, false, 'one');
  send(broker, true, 'two');
  (await request(0)).answer({}, 30_000);
  (await request(1)).answer({}, 30_000);
  await turn();
  const told = throttled.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
  expect(told).toBeGreaterThanOrEqual(30_000);
  expect(told).toBeLessThan(31_000);
});

test('each broker has connections of its own', async () => {
  const { send, connectionOf } = given();
  send(broker, false, 'one');
  send(other, false, 'two');
  await turn();
  expect(connectionOf('one')).not.toBe(connectionOf('two'));
});

test('a broker that throttles is sent nothing over any of its connections, others are', async () => {
  const { send, connectionOf, request, throttled } = given();
  send(broker, false, 'one');
  (await request(0)).answer({}, 30_000);
  await turn();
  send(broker, true, 'retry');
  send(other, false, 'two');
  await turn();
  expect([connectionOf('retry'), connectionOf('two') === undefined]).toEqual([undefined, false]);
  expect(throttled).toEqual(['b:1 30000']);
});

test('a broker that asks for more than a minute is asked again after that', async () => {
  const { send, request, throttled } = given();
  send(broker, false, 'one');
  (await request(0)).answer({}, 3_600_000);
  await turn();
  expect(throttled).toEqual(['b:1 60000']);
});

test('the connections to a broker that has left the cluster end when nothing is under way on them', async () => {
  const { senders, send, request, ended } = given();
  send(broker, false, 'one');
  await turn();
  senders.keep([other]);
  expect(ended).toEqual([]);
  (await request(0)).answer();
  await turn();
  senders.keep([broker]);
  expect(ended).toEqual([]);
  senders.keep([other]);
  expect(ended.length).toBeGreaterThan(0);
});
