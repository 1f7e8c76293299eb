import type { GateLimit } from './session/gate.ts';
import type { RefusalReason, SessionLimit } from './session/session-events.ts';
import type { Unwritable } from './split/entry.ts';

/** Every value of a union, checked to be complete. */
const allOf =
  <T extends string>() =>
  <const Values extends readonly T[]>(
    ...values: [T] extends [Values[number]] ? Values : readonly [never, 'a value is missing']
  ): readonly T[] =>
    values as readonly T[];

/** Reasons of `nbwss_dead_letters_total`. */
export const deadLetterReasons = allOf<Unwritable>()(
  'not-json',
  'no-id',
  'no-notification',
  'too-many-entries',
  'too-many-values',
  'too-many-names',
  'too-deep',
  'notification-unreadable',
  'not-an-object',
  'unknown-object',
  'no-client-name',
  'key-too-long',
  'wrong-type',
  'missing',
  'inexact-number',
  'time-out-of-range',
  'bad-unicode',
  'too-large',
  'refused',
);

/** Reasons of failures in `nbwss_auth_attempts_total`. */
export const refusalReasons = allOf<RefusalReason>()(
  'bad-token',
  'certificate-mismatch',
  'too-many-sessions',
  'not-connect',
  'second-connect',
  'timeout',
  'probe-with-entries',
);

/** Limits of `nbwss_limit_hits_total`. */
export const limits = allOf<
  SessionLimit | GateLimit | 'connections' | 'sessions-per-primary' | 'origin' | 'joins'
>()(
  'payload',
  'fragments',
  'bad-frames',
  'unread-answers',
  'heartbeat',
  'joins',
  'connections',
  'sessions-per-primary',
  'unauthenticated-connections',
  'unauthenticated-bytes',
  'connect-time',
  'attempts-per-address',
  'origin',
);

/** How sessions end in the ordinary course of things: what else there is appears when it happens. */
export const ordinaryCloses = [
  { code: '1000', initiator: 'peer' },
  { code: '1001', initiator: 'bridge' },
  { code: '1001', initiator: 'peer' },
  { code: '1005', initiator: 'peer' },
  { code: '1006', initiator: 'bridge' },
  { code: '1006', initiator: 'peer' },
  { code: '1008', initiator: 'bridge' },
  { code: '1009', initiator: 'bridge' },
] as const;
