/** A broker that wants us to authenticate anew every few seconds (KIP-368), under load. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { startTcpProxy, type TcpProxy } from '../../tools/faults/tcp-proxy.ts';
import { type SecureBroker, startSecureBroker, user } from '../helpers/secure-broker.ts';
import { secretFile } from '../helpers/secure-bridge.ts';
import { startTokenEndpoint, type TokenEndpoint } from '../helpers/token-endpoint.ts';
import { runCase } from './fault-case.ts';
import { caseBoundMs, lasting } from './given.ts';
import { watchUp } from './up-watch.ts';

/** The client authenticates anew 10 s before the end of a session. */
const oauthSessionMs = 15_000;
const lastsMs = lasting(40, 120);
/** The broker's answers wait for nothing here; an authentication is some round trips on the connection. In ms. */
const promptMs = 1_500;

let proxy: TcpProxy;
let broker: SecureBroker;
let tokens: TokenEndpoint;
beforeAll(async () => {
  proxy = await startTcpProxy(0, await freePort(), 'kafka');
  broker = await startSecureBroker({ oauthSessionMs, advertisedSaslPlaintext: proxy.port });
  proxy.target = broker.ports.saslPlaintext;
  tokens = await startTokenEndpoint();
  // Whatever the topics of the case are called.
  await broker.grant(user, 'WRITE', ['*']);
  await broker.grant(user, 'DESCRIBE_CONFIGS', ['*']);
}, 60_000);
afterAll(async () => {
  await tokens?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  await proxy?.[Symbol.asyncDispose]();
});

test(
  '27: authenticating anew under load, with requests and metadata in flight, costs no connection, no retry and no copy',
  async () => {
    const clientSecretFile = await secretFile(broker, tokens.secret);
    const kafka = {
      sasl: {
        mechanism: 'oauthbearer',
        oauth: { tokenUrl: tokens.url, clientId: 'bridge', clientSecretFile, scope: 'kafka write' },
        allowPlaintext: true,
      },
      livenessIntervalMs: 200,
    };
    const { verdict } = await runCase(
      {
        name: '27 authentication anew under load',
        cluster: { direct: broker.bootstrapServers, proxied: [`127.0.0.1:${proxy.port}`] },
        settings: { kafka },
        load: { messagesPerSecond: 100 },
      },
      async ({ bridges, netBackup, metric }) => {
        // Answers are on their way for longer than a request takes to follow the one before.
        proxy.delayMs = 15;
        await using up = watchUp(bridges.current.adminUrl);
        const since = performance.now();
        const { accepted, authentications } = proxy.counts;
        await delay(lastsMs);
        await up.wasAlwaysUp();
        await netBackup.pause();
        expect(netBackup.p99(since)).toBeLessThan(promptMs);
        // As many connections as before: each lives for longer than its session would without it.
        expect(proxy.counts).toMatchObject({ accepted, endedByTarget: 0, hasty: 0 });
        expect(proxy.counts.authentications - authentications).toBeGreaterThan(lastsMs / oauthSessionMs);
        expect(await metric('nbwss_produce_retries_total')).toBe(0);
        const lines = await bridges.current.log();
        expect(lines.filter(({ 'log.level': level }) => level === 'warn' || level === 'error')).toEqual([]);
        netBackup.start();
      },
    );
    expect(verdict.duplicated).toBe(0);
  },
  lastsMs + caseBoundMs,
);
