import { setTimeout as delay } from 'node:timers/promises';

import { BridgeError } from '../errors.ts';
import type { EndpointFrame, ViolationKind } from './answer.ts';
import { type Connection, openConnection } from './connection.ts';
import type { ConnectResult, SimulatorEvent } from './events.ts';
import type { PreparedMessage } from './message.ts';
import { resolveSettings, type SimulatorOptions } from './options.ts';
import { type Answer, createOutbox } from './outbox.ts';
import { createStatistics, type SimulatorReport } from './statistics.ts';

/** A simulated NetBackup; disposing of it closes it. */
export interface Simulator extends AsyncDisposable {
  /**
   * Tries to connect once, or with `retry` every `reconnectMs` until it is established or closed. A connection that was
   * established and is lost comes back by itself. Resolves for every outcome.
   * @throws BridgeError (`already-connected`) on a second call, unless the first attempt had failed.
   */
  connect(how?: { readonly retry?: boolean }): Promise<ConnectResult>;
  /**
   * Takes a message, to be sent when the connection and `inFlight` allow, and again until it is answered. Resolves with
   * the answer; rejects when the simulator is closed first (`simulator-stopped`), or for an id in use (`id-in-use`).
   * Nobody has to await it.
   */
  send(message: PreparedMessage): Promise<Answer>;
  /** Cuts an established connection without a close frame, as a failing network does; it then comes back by itself. */
  cut(): void;
  report(): SimulatorReport;
  /** Closes with 1000 within `closeTimeoutMs`; whatever is unanswered is rejected and stays counted. */
  close(): Promise<void>;
}

/** @throws UsageError for an option that can't work, such as a `ws://` URL. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const settings = resolveSettings(options);
  const statistics = createStatistics();
  const stopping = new AbortController();
  let phase: 'idle' | 'running' | 'closed' = 'idle';
  let connection: Connection | undefined;
  let reconnecting: Promise<unknown> = Promise.resolve();

  const tell = (event: SimulatorEvent): void => options.onEvent?.(event);
  const outbox = createOutbox({
    inFlight: settings.inFlight,
    scheduledRateMs: settings.scheduledRateMs,
    onSent(message, requests) {
      statistics.sent(message, requests);
      if (requests > 1) tell({ type: 'resent', id: message.id, requests });
    },
    onAnswered(answer) {
      statistics.answered(answer);
      options.onAnswer?.(answer);
    },
  });

  function onViolation(kind: ViolationKind, detail: string): void {
    statistics.violation(kind, detail);
    tell({ type: 'violation', kind, detail });
  }

  function onFrame(frame: EndpointFrame): void {
    switch (frame.kind) {
      case 'answer':
        if (frame.fault !== undefined) onViolation(frame.fault.kind, frame.fault.detail);
        return onAnswer(frame.id);
      case 'connect-response':
        return onViolation('surplus-answer', `another CONNECT RESPONSE, with id ${frame.id}`);
      case 'command':
        statistics.command();
        return tell({ type: 'command', id: frame.id });
      case 'violation':
        return onViolation(frame.violation, frame.detail);
    }
  }

  function onAnswer(id: string): void {
    switch (outbox.answer(id)) {
      case 'answered':
        return;
      case 'duplicate':
        return statistics.duplicate();
      case 'surplus':
        return onViolation('surplus-answer', `more answers than requests for id ${id}`);
      case 'unknown':
        return onViolation('unknown-id', `an answer to id ${id}, which wasn't sent`);
    }
  }

  function onClose(code: number, reason: string): void {
    statistics.closed(code);
    outbox.disconnected();
    tell({ type: 'disconnected', code, reason });
  }

  async function attempt(): Promise<ConnectResult> {
    let established = false;
    let lost = false;
    const opened = openConnection(settings, {
      onFrame,
      onViolation,
      onClose(code, reason) {
        lost = true;
        onClose(code, reason);
        if (established) reconnecting = connectAgain();
      },
    });
    connection = opened;
    const result = await opened.result;
    statistics.connectResult(result);
    tell({ type: 'connect', result });
    if (result.outcome === 'established') {
      established = true;
      if (lost) reconnecting = connectAgain();
      else outbox.connected(opened);
    }
    return result;
  }

  /** Resolves with the established connection, or with nothing when the simulator is closed. */
  async function connectAgain(): Promise<ConnectResult | undefined> {
    while (!stopping.signal.aborted) {
      await delay(settings.reconnectMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) break;
      const result = await attempt();
      if (result.outcome === 'established') return result;
    }
    return undefined;
  }

  async function connect({ retry = false } = {}): Promise<ConnectResult> {
    if (phase === 'closed')
      return { outcome: 'failed', reason: 'stopped', detail: 'the simulator was closed' };
    if (phase === 'running') {
      throw new BridgeError('the simulator is connected, or connecting, already', {
        code: 'already-connected',
      });
    }
    phase = 'running';
    statistics.begin();
    const result = await attempt();
    if (result.outcome === 'established' || stopping.signal.aborted) return result;
    if (retry) return (await connectAgain()) ?? result;
    phase = 'idle';
    return result;
  }

  async function close(): Promise<void> {
    phase = 'closed';
    stopping.abort();
    outbox.stop();
    options.signal?.removeEventListener('abort', onAbort);
    await connection?.close();
    await reconnecting;
  }

  const onAbort = (): void => void close();
  if (options.signal?.aborted === true) onAbort();
  else options.signal?.addEventListener('abort', onAbort, { once: true });

  return {
    connect,
    send(message) {
      const answer = outbox.add(message);
      answer.catch(() => undefined);
      return answer;
    },
    cut: () => connection?.cut(),
    report: () => statistics.report(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
