import { addressText } from '../address.ts';
import { explainClosed, explainTls, type TlsFiles } from '../outbound/tls.ts';
import { ClosedError } from './closed-by-peer.ts';
import { RefusalError } from './refusal.ts';

/** The client ended it while requests were open. */
export class GivenUpError extends Error {}

/** With whom a connection is, and by which settings. */
export interface ConnectionFacts {
  readonly host: string;
  readonly port: number;
  /** Null without TLS. */
  readonly files: TlsFiles | null;
  /** Whether the client authenticates itself (SASL). */
  readonly authenticates: boolean;
  /** Why the client's last authentication failed; null when it didn't. */
  readonly unauthenticated: () => Error | null;
  /** Whether this broker has answered a request of these settings before: then none of them is what it minds. */
  readonly hasWorked: () => boolean;
}

/** How far the connection came. */
export interface Progress {
  /** How much the broker had answered. */
  readonly answers: number;
  /** Whether the TLS handshake is done. */
  readonly secured: boolean;
}

/** An error of a connection: where it was, what happened, and then what to change, where that is known or can be. */
export function explainError(error: Error, progress: Progress, facts: ConnectionFacts): Error {
  const { files } = facts;
  const where = `the broker ${addressText(facts)}`;
  const text = files && explainTls(error, where, files);
  if (text !== null) return new RefusalError('kafka-tls', text, error);
  const code = 'code' in error ? error.code : undefined;
  const isClosed = error instanceof ClosedError || code === 'ECONNRESET';
  // Whoever else had a request on a connection whose authentication failed hears of its end alone.
  const unauthenticated = facts.unauthenticated();
  const isEnded = isClosed || error instanceof GivenUpError || code === 'ERR_STREAM_WRITE_AFTER_END';
  if (isEnded && unauthenticated !== null) return unauthenticated;
  if (!isClosed) return error;
  const closed = (how: string) => new Error(`${where} closed the connection${how}`, { cause: error });
  const how = error instanceof ClosedError ? '' : ` (${String(code)})`;
  if (progress.answers > 1) return closed(how);
  const ours = files && explainClosed(where, files);
  if (ours !== null) return new RefusalError('kafka-tls', ours, error);
  const hint = facts.hasWorked() ? null : hintFor(progress, facts);
  return closed(hint === null ? how : `${how} ${hint}`);
}

/** What a broker does with a connection of another kind than its listener's; a broker that stops does so too. */
function hintFor({ answers, secured }: Progress, { files, authenticates }: ConnectionFacts): string | null {
  if (files !== null && !secured)
    return 'before TLS was there: kafka.tls.enabled is true: name the port of a TLS listener in kafka.brokers, or set it to false';
  const hints = [
    answers === 0 && files === null ? 'does it want TLS (kafka.tls.enabled)?' : null,
    files !== null && files.certFile === undefined && !authenticates
      ? 'does it want a client certificate (kafka.tls.certFile)?'
      : null,
    authenticates ? null : 'does it want authentication (kafka.sasl.mechanism)?',
  ].filter((hint) => hint !== null);
  return hints.length === 0 ? null : `at once: ${hints.join(' ')}`;
}
