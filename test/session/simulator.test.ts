import { describe, expect, test } from 'vitest';

import { generateMessages } from '../../src/simulator/generate.ts';
import { runLoad } from '../../src/simulator/load.ts';
import { response, startScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { established, message, messages, pki, simulate } from '../helpers/simulation.ts';

describe('a conversation', () => {
  test('authenticates with the token before it sends anything', async () => {
    await using endpoint = await startScriptedEndpoint(pki);
    await using simulator = simulate(endpoint.url);
    const answer = simulator.send(message());
    await established(simulator);
    await answer;
    const [connect, notification] = endpoint.received;
    expect(JSON.parse(connect?.text ?? '')).toEqual({
      version: '1.0',
      id: expect.stringMatching(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/),
      type: 'CONNECT',
      subType: 'REQUEST',
      timeStamp: expect.closeTo(Date.now() / 1000, -1),
      payload: { token: 'secret' },
    });
    expect(notification?.text).toBe(message().frame.toString());
  });

  test('counts what was sent and answered, and how long it took', async () => {
    await using endpoint = await startScriptedEndpoint(pki);
    const simulator = simulate(endpoint.url, { inFlight: 4, scheduledRateMs: 5_000 });
    await established(simulator);
    await runLoad(simulator, messages(25), { window: 4 });
    await simulator.close();
    const report = simulator.report();
    expect(report).toMatchObject({
      connections: { established: 1, failures: {}, closes: { 1000: 1 } },
      messages: { sent: 25, answered: 25, unanswered: 0, resends: 0, duplicateAnswers: 0 },
      entries: { sent: 50, answered: 50 },
      violations: { total: 0, byKind: {}, first: [] },
    });
    const { p50, p99, max } = report.latencyMs ?? { p50: 0, p99: 0, max: 0 };
    expect(p50).toBeGreaterThan(0);
    expect(p99).toBeGreaterThanOrEqual(p50);
    expect(max).toBeGreaterThanOrEqual(p99);
    expect(report.firstAnswerMs).toBeGreaterThan(0);
  });

  test('never has more messages unanswered than inFlight allows', async () => {
    let open = 0;
    let most = 0;
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification(received, socket) {
        open += 1;
        most = Math.max(most, open);
        setImmediate(() => {
          open -= 1;
          socket.send(response(received));
        });
      },
    });
    await using simulator = simulate(endpoint.url, { inFlight: 3, scheduledRateMs: 5_000 });
    await established(simulator);
    await Promise.all(messages(30).map((each) => simulator.send(each)));
    expect(most).toBe(3);
  });

  test('begins no message after the duration of a load, and waits for those begun', async () => {
    await using endpoint = await startScriptedEndpoint(pki);
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    const endless = generateMessages({ seed: 1 });
    await runLoad(simulator, endless, { window: 1, ratePerSecond: 100, durationMs: 100 });
    const { sent, answered } = simulator.report().messages;
    expect(answered).toBe(sent);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThanOrEqual(10);
  });
});

describe('resending', () => {
  test('sends the same bytes with the same id again until there is an answer', async () => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification(received, socket, count) {
        if (count === 3) socket.send(response(received));
      },
    });
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    expect(await simulator.send(message())).toMatchObject({ requests: 3 });
    const texts = endpoint.received.filter(({ type }) => type === 'NOTIFICATION').map(({ text }) => text);
    expect(texts).toEqual(Array(3).fill(message().frame.toString()));
    expect(simulator.report().messages).toMatchObject({ sent: 1, answered: 1, resends: 2 });
  });

  test('leaves alone what was answered', async () => {
    const [first, second] = messages(2);
    if (first === undefined || second === undefined) throw new Error('the generator ended');
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification(received, socket, count) {
        if (received.id === first.id || count >= 4) socket.send(response(received));
      },
    });
    await using simulator = simulate(endpoint.url, { inFlight: 2 });
    await established(simulator);
    await Promise.all([simulator.send(first), simulator.send(second)]);
    expect(endpoint.received.slice(1).map(({ id }) => id)).toEqual([
      first.id,
      second.id,
      second.id,
      second.id,
    ]);
  });

  test('counts the answer to each resend as a duplicate, and one more as a violation', async () => {
    await using endpoint = await startScriptedEndpoint(pki, {
      onNotification(received, socket, count) {
        if (count === 2) for (let sent = 0; sent < 3; sent += 1) socket.send(response(received));
      },
    });
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    await simulator.send(message());
    await simulator.event('violation');
    expect(simulator.report()).toMatchObject({
      messages: { answered: 1, resends: 1, duplicateAnswers: 1 },
      violations: { total: 1, byKind: { 'surplus-answer': 1 } },
    });
  });

  test('refuses a second message with an id that is unanswered', async () => {
    await using endpoint = await startScriptedEndpoint(pki, { onNotification: () => undefined });
    await using simulator = simulate(endpoint.url);
    await established(simulator);
    void simulator.send(message());
    await expect(simulator.send(message())).rejects.toMatchObject({ code: 'id-in-use' });
  });
});
