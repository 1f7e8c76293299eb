import type { ConnectResult, SimulatorEvent } from '../simulator/events.ts';

/** Lines of each kind of event that are printed; the rest is in the report's numbers. */
const linesPerType = 20;

/** Prints what happens, one line an event, so that a run under load doesn't drown in them. */
export function eventPrinter(stream: { write(text: string): unknown }): (event: SimulatorEvent) => void {
  const printed = new Map<SimulatorEvent['type'], number>();
  return (event) => {
    const count = (printed.get(event.type) ?? 0) + 1;
    printed.set(event.type, count);
    if (count <= linesPerType) stream.write(`${eventLine(event)}\n`);
    if (count === linesPerType) stream.write(`further events of type ${event.type} are only counted\n`);
  };
}

function eventLine(event: SimulatorEvent): string {
  if (event.type === 'connect') return connectLine(event.result);
  if (event.type === 'disconnected') {
    return `disconnected with ${event.code}${event.reason === '' ? '' : ` "${event.reason}"`}`;
  }
  if (event.type === 'resent') return `sent ${event.id} again (request ${event.requests})`;
  if (event.type === 'violation') return `violation ${event.kind}: ${event.detail}`;
  return `received the COMMAND REQUEST ${event.id}, which is counted only`;
}

function connectLine(result: ConnectResult): string {
  if (result.outcome === 'established') return `connected after ${result.durationMs.toFixed(0)} ms`;
  if (result.outcome === 'refused') return 'the endpoint refused the token (valid: false)';
  return `not connected (${result.reason}): ${result.detail}`;
}
