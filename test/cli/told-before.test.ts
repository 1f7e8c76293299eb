/** A server that answers at first, and then hangs: what was found by then is told. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, inject, test } from 'vitest';
import { currentSchema } from '../../tools/schemas/versions.ts';
import { freshTopics, stackFlags } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { untellingBroker } from '../helpers/untelling-broker.ts';

/** @param serve a request that it doesn't answer hangs */
async function startRegistry(serve: (path: string, response: ServerResponse) => void) {
  const server = createServer(({ url = '' }, response) => serve(url, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    flags: ['--registry-url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`],
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

test('topics check: what is wrong with a topic is told, though the broker hangs at the next one', async () => {
  const topics = freshTopics();
  const flags = stackFlags(topics).slice(0, stackFlags(topics).indexOf('--registry-url'));
  await nbwssBridge(['topics', 'create', ...flags]);
  await using admin = await connectKafkaAdmin();
  await admin.configure(topics.jobs, 'cleanup.policy', 'compact');
  const [target = ''] = inject('bootstrapServers');
  await using broker = await untellingBroker(target, (_, value) => value, 1);
  const args = ['topics', 'check', ...flags, '--kafka-brokers', broker.bootstrap, '--timeout', '3'];
  const { exitCode, stdout, stderr } = await nbwssBridge(args);
  expect(exitCode).toBe(69);
  expect(stdout).toMatch(RegExp(`^${topics.jobs}: 12 partitions`));
  expect(stderr).toContain(`nbwss-bridge: failed: ${topics.jobs}: cleanup.policy is compact`);
  expect(stderr).toMatch(/gave up after 3 s \(--timeout\): no answer from Kafka at/);
});

test('schemas check: a subject that is missing is told, though the registry hangs at the next one', async () => {
  const { jobs, ...others } = freshTopics();
  await using registry = await startRegistry((path, response) => {
    if (!path.includes(jobs)) return;
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end('{"error_code":40401,"message":"Subject not found."}');
  });
  const names = ['--kafka-topics-jobs', jobs, '--kafka-topics-images', others.images];
  const args = ['schemas', 'check', ...registry.flags, ...names, '--timeout', '3'];
  const { exitCode, stderr } = await nbwssBridge(args);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(RegExp(`^nbwss-bridge: failed: .*has no subject ${jobs}-value`));
  expect(stderr).toMatch(/gave up after 3 s \(--timeout\): no answer from the schema registry at/);
});

/** Two answers of so many ms take longer than the bound, one of them does not. */
const [answerMs, boundSeconds] = [900, '1.5'];

test('schemas diff: one bound for both schemas', async () => {
  const schema = JSON.stringify(currentSchema('netbackup-job'));
  await using registry = await startRegistry((_path, response) => {
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ subject: 's', version: 1, id: 1, schema }));
    }, answerMs);
  });
  const args = ['schemas', 'diff', 'jobs@1', 'jobs@2', ...registry.flags, '--timeout', boundSeconds];
  const { exitCode, stderr } = await nbwssBridge(args);
  expect(exitCode).toBe(69);
  expect(stderr).toContain(`gave up after ${boundSeconds} s (--timeout): no answer from the schema registry`);
});
