import type { NotificationRequest } from '../protocol/message.ts';
import type { SessionEvents } from './session-events.ts';

/**
 * The name of the token file of `nbwss-bridge probe`. It is an identity of its own: nothing that comes by it is a primary's traffic,
 * in metrics, status and log, and nothing of it gets into Kafka.
 */
export const probeName = 'probe';

export function isProbe(name: string): boolean {
  return name === probeName;
}

/** All that a probe may send: whatever has entries, or would become a dead letter, belongs to a primary. */
export function isEmpty(message: NotificationRequest): boolean {
  return (
    message.kind === 'notification' &&
    message.notifications.every((each) => each.kind === 'readable' && each.data.length === 0)
  );
}

/** What a probe's session tells: that it was there, and for the rest what a connection without a primary tells. */
export function probeEvents(events: SessionEvents): SessionEvents {
  return {
    ...events,
    authenticated: (_primary, remote) => events.probed(remote),
    received: () => {},
    answered: () => {},
    paused: () => {},
    closed: (_primary, remote, code, byUs) => events.closed(null, remote, code, byUs),
  };
}
