import pino from 'pino';
import {
  type Appender,
  type AppenderEvents,
  type AppenderOptions,
  createAppender,
} from '../../../src/kafka/append.ts';

type Brokers = {
  readonly cluster: Parameters<typeof createAppender>[0];
  readonly view: Parameters<typeof createAppender>[1];
};

/** An appender over these brokers, with bounds that no test meets by chance. */
export function givenAppender(
  { cluster, view }: Brokers,
  events: Partial<AppenderEvents>,
  options: Partial<AppenderOptions> = {},
): Appender {
  return createAppender(
    cluster,
    view,
    {
      compression: 'none',
      requestTimeoutMs: 10_000,
      maxRequestBytes: 1_000_000,
      maxInFlightRequests: 5,
      producerIdExpirationMs: 86_400_000,
      events: { producerIdRenewed() {}, possibleDuplicates() {}, throttled() {}, ...events },
      ...options,
    },
    pino({ level: 'silent' }),
  );
}
