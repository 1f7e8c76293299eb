import { describe, expect, test } from 'vitest';

import { UsageError } from '../../src/errors.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createTestPki, leafOf } from '../../tools/certificates.ts';
import { response, startScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { established, message, messages, pki, simulate } from '../helpers/simulation.ts';

describe('reconnecting', () => {
  test('comes back after a loss and sends what is unanswered again, in order and with the same ids', async () => {
    const three = messages(3);
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification(received, socket, count) {
        if (received.connection === 1 && count === 3) socket.terminate();
        else if (received.connection === 2) socket.send(response(received));
      },
    });
    await using simulator = simulate(endpoint.url, { inFlight: 3, scheduledRateMs: 5_000 });
    await established(simulator);
    await Promise.all(three.map((each) => simulator.send(each)));
    const ids = three.map(({ id }) => id);
    const sentOn = (connection: number) =>
      endpoint.received.filter((each) => each.connection === connection && each.type === 'NOTIFICATION');
    expect(sentOn(1).map(({ id }) => id)).toEqual(ids);
    expect(sentOn(2).map(({ id }) => id)).toEqual(ids);
    expect(simulator.report()).toMatchObject({
      connections: { established: 2, closes: { 1006: 1 } },
      messages: { sent: 3, answered: 3, resends: 3 },
      violations: { total: 0 },
    });
  });

  test('takes no second answer on a new connection for what was asked on the old one', async () => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification(received, socket, count) {
        if (count === 2) socket.send(response(received));
      },
      onConnect(received, socket, connection) {
        socket.send(response(received));
        if (connection === 2) socket.send(response({ ...received, id: message().id, type: 'NOTIFICATION' }));
      },
    });
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    await simulator.send(message());
    simulator.cut();
    await simulator.event('violation');
    expect(simulator.report().violations.byKind).toEqual({ 'surplus-answer': 1 });
  });

  test('cuts a connection on which two pongs are missing', async () => {
    await using endpoint = await startScriptedEndpoint(pki, { autoPong: false });
    await using simulator = simulate(endpoint.url, { keepAliveMs: 20 });
    await established(simulator);
    expect(await simulator.event('disconnected')).toMatchObject({ code: 1006 });
    await simulator.event('connect', 2);
    expect(endpoint.connections).toBe(2);
  });

  test('keeps trying when asked to, until the endpoint accepts', async () => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onConnect: (received, socket, connection) =>
        socket.send(response(received, { payload: { valid: connection === 3 } })),
    });
    await using simulator = simulate(endpoint.url);
    expect(await simulator.connect({ retry: true })).toMatchObject({ outcome: 'established' });
    expect(simulator.report().connections).toMatchObject({ established: 1, failures: { refused: 2 } });
  });
});

describe('not being let in', () => {
  test('ends as refused on valid: false', async () => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onConnect: (received, socket) => socket.send(response(received, { payload: { valid: false } })),
    });
    await using simulator = simulate(endpoint.url);
    expect(await simulator.connect()).toEqual({ outcome: 'refused' });
    expect(simulator.report().connections).toEqual({
      established: 0,
      failures: { refused: 1 },
      closes: { 1000: 1 },
    });
  });

  test('says that the certificate is not of the CA', async () => {
    await using endpoint = await startScriptedEndpoint(pki);
    const other = await createTestPki();
    await using simulator = simulate(endpoint.url, { ca: other.ca });
    expect(await simulator.connect()).toMatchObject({
      outcome: 'failed',
      reason: 'certificate',
      detail: expect.stringMatching(
        /^[^;]* \(UNABLE_TO_GET_ISSUER_CERT_LOCALLY\); .* signed by the CA given with --ca-file/,
      ),
    });
    expect(endpoint.connections).toBe(0);
  });

  test('says that the intermediates are missing, and nothing on how to start Node.js', async () => {
    await using endpoint = await startScriptedEndpoint({ ...pki, cert: leafOf(pki) });
    await using simulator = simulate(endpoint.url);
    expect(await simulator.connect()).toMatchObject({
      detail: expect.stringMatching(
        /^unable to verify the first certificate \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\); .* intermediates sent along/,
      ),
    });
  });

  test('says that the certificate does not name the host', async () => {
    await using endpoint = await startScriptedEndpoint(pki);
    await using simulator = simulate(endpoint.url, { servername: 'other.example.com' });
    expect(await simulator.connect()).toMatchObject({ outcome: 'failed', reason: 'certificate' });
  });

  test('says that the path is not the one of the endpoint', async () => {
    await using endpoint = await startScriptedEndpoint(pki);
    await using simulator = simulate(endpoint.url.replace('/nbwss', '/other'));
    expect(await simulator.connect()).toMatchObject({
      outcome: 'failed',
      reason: 'http-status',
      detail: expect.stringContaining('HTTP 400 for /other'),
    });
  });

  test('says that nothing listens', async () => {
    const endpoint = await startScriptedEndpoint(pki);
    await endpoint[Symbol.asyncDispose]();
    await using simulator = simulate(endpoint.url);
    expect(await simulator.connect()).toMatchObject({ outcome: 'failed', reason: 'connection-refused' });
  });

  test('gives up when there is no CONNECT RESPONSE in time', async () => {
    await using endpoint = await startScriptedEndpoint(pki, { onConnect: () => undefined });
    await using simulator = simulate(endpoint.url, { connectTimeoutMs: 100 });
    expect(await simulator.connect()).toMatchObject({ outcome: 'failed', reason: 'timeout' });
  });

  test('tells the close code of an endpoint that closes instead of answering', async () => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onConnect: (_received, socket) => socket.close(1008, 'policy'),
    });
    await using simulator = simulate(endpoint.url);
    expect(await simulator.connect()).toMatchObject({
      outcome: 'failed',
      reason: 'closed',
      detail: expect.stringContaining('1008 "policy"'),
    });
  });

  test.each([
    ['a ws:// URL', { url: 'ws://localhost/nbwss' }, "isn't a wss:// URL"],
    ['no URL', { url: 'localhost' }, 'is no URL'],
    ['an empty token', { token: '' }, 'the token is empty'],
    ['a CA without a certificate', { ca: 'garbage' }, 'no PEM certificate'],
    ['a broken CA', { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, "can't be read"],
    ['no in-flight message', { inFlight: 0 }, 'inFlight must be'],
    ['a time of nothing', { scheduledRateMs: 0 }, 'scheduledRateMs must be'],
  ])('refuses %s', (_what, options, words) => {
    const create = (): Simulator =>
      createSimulator({ url: 'wss://localhost/nbwss', token: 'secret', ...options });
    expect(create).toThrow(UsageError);
    expect(create).toThrow(words);
  });
});

describe('closing', () => {
  test('rejects what is unanswered, keeps it in the report, and is no violation of the endpoint', async () => {
    await using endpoint = await startScriptedEndpoint(pki, { onNotification: () => undefined });
    const simulator = simulate(endpoint.url);
    await established(simulator);
    const answer = simulator.send(message());
    await simulator.event('resent');
    await simulator.close();
    await expect(answer).rejects.toMatchObject({ code: 'simulator-stopped' });
    await expect(simulator.send(message())).rejects.toMatchObject({ code: 'simulator-stopped' });
    expect(simulator.report()).toMatchObject({
      messages: { sent: 1, unanswered: 1 },
      violations: { total: 0 },
    });
    expect(await simulator.connect()).toMatchObject({ outcome: 'failed', reason: 'stopped' });
  });

  test('ends the attempt under way when its signal is aborted', async () => {
    await using endpoint = await startScriptedEndpoint(pki, { onConnect: () => stop.abort() });
    const stop = new AbortController();
    await using simulator = simulate(endpoint.url, { signal: stop.signal });
    expect(await simulator.connect({ retry: true })).toMatchObject({ outcome: 'failed', reason: 'stopped' });
  });
});
