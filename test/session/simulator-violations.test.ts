import { describe, expect, test } from 'vitest';

import { response, startScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { established, message, pki, simulate } from '../helpers/simulation.ts';

describe('violations', () => {
  test.each([
    ['text that is no JSON', 'not-json', () => '{"version":'],
    ['JSON that is no object', 'not-json', () => '[]'],
    ['an envelope without an id', 'wrong-envelope', (own: string) => own.replace('"id"', '"ID"')],
    ['another version', 'wrong-envelope', (own: string) => own.replace('1.0', '2.0')],
    ['an unknown type', 'wrong-envelope', (own: string) => own.replace('NOTIFICATION', 'NOTICE')],
    [
      'a timeStamp in text',
      'wrong-envelope',
      (own: string) => own.replace('"timeStamp":1', '"timeStamp":"1"'),
    ],
    ['a request', 'not-a-response', (own: string) => own.replace('RESPONSE', 'REQUEST')],
    ['another payload', 'bad-payload', (own: string) => own.replace('[]', '"ok"')],
    ['an unknown id', 'unknown-id', (own: string) => own.replace(message().id, 'OTHER')],
    ['another CONNECT RESPONSE', 'surplus-answer', (own: string) => own.replace('NOTIFICATION', 'CONNECT')],
  ])('reports %s as %s', async (_what, kind, spoil) => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification: (received, socket, count) =>
        socket.send(count === 1 ? spoil(response(received)) : response(received)),
    });
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    await simulator.send(message());
    expect(simulator.report().violations).toMatchObject({
      total: 1,
      byKind: { [kind]: 1 },
      first: [{ kind }],
    });
  });

  test('reports a binary frame, and takes it for no answer', async () => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification: (received, socket, count) => socket.send(response(received), { binary: count === 1 }),
    });
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    expect(await simulator.send(message())).toMatchObject({ requests: 2 });
    expect(simulator.report().violations.byKind).toEqual({ 'binary-frame': 1 });
  });

  test('reports an answer before the CONNECT RESPONSE', async () => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onConnect(received, socket) {
        socket.send(response({ ...received, type: 'NOTIFICATION' }));
        socket.send(response(received));
      },
    });
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    expect(simulator.report().violations.byKind).toEqual({ 'before-connect-response': 1 });
  });

  test.each([1012, 1013])('reports close code %i', async (code) => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification: (_r, socket) => socket.close(code),
    });
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    void simulator.send(message());
    await simulator.event('disconnected');
    expect(simulator.report()).toMatchObject({
      connections: { closes: { [code]: 1 } },
      violations: { byKind: { 'forbidden-close-code': 1 } },
    });
  });

  test.each([
    ['closes the connection on', false, 2],
    ['stays connected, if told to, on', true, 1],
  ])('%s an answer that can not be decoded', async (_what, ignoreUndecodable, connections) => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification: (received, socket, count) => socket.send(count === 1 ? 'no' : response(received)),
    });
    await using simulator = simulate(endpoint.url, { ignoreUndecodable });
    await established(simulator);
    await simulator.send(message());
    expect(endpoint.connections).toBe(connections);
  });

  test.each([{}, [], undefined])('takes the payload %j of an answer', async (payload) => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification: (received, socket) => socket.send(response(received, { payload })),
    });
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    await simulator.send(message());
    expect(simulator.report().violations.total).toBe(0);
  });

  test('only counts a COMMAND REQUEST', async () => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification(received, socket) {
        socket.send(response(received, { type: 'COMMAND', subType: 'REQUEST', payload: {} }));
        socket.send(response(received));
      },
    });
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    await simulator.send(message());
    expect(simulator.report()).toMatchObject({ commands: 1, violations: { total: 0 } });
  });
});
