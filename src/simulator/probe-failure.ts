import { codeOf, wordsOf } from './failure.ts';
import {
  adviceFor,
  certificateAdvice,
  chainAdvice,
  isAboutChain,
  isAboutClientCertificate,
  isClosed,
} from './probe-advice.ts';

/** Why a step failed, in words for the operator. */
export class StepFailure extends Error {
  readonly advice: string | null;
  /** Whether it was the token that was refused. */
  readonly denied: boolean;
  constructor(text: string, advice: string | null, denied = false) {
    super(text);
    this.advice = advice;
    this.denied = denied;
  }
}

export function failureOf(error: unknown): StepFailure {
  return error instanceof StepFailure ? error : new StepFailure(textOf(error), adviceFor(codeIn(error)));
}

/** What the probe was given for TLS. */
export interface GivenTls {
  /** Whether it trusts the CAs of a file, and not those of this machine. */
  readonly hasCa: boolean;
  /** Whether it shows a client certificate. */
  readonly hasCertificate: boolean;
}

/**
 * Why there is no TLS connection, or none any more before the first answer over it: what a server thinks of the client's certificate it
 * tells in TLS 1.3 only behind the handshake, and this bridge closes without a word.
 * @param protocol of the handshake that was completed; null where it wasn't
 */
export function tlsFailureOf(
  error: unknown,
  protocol: string | null,
  { hasCa, hasCertificate: shown }: GivenTls,
): StepFailure {
  const code = codeIn(error);
  if (isAboutChain(code)) return new StepFailure(textOf(error), chainAdvice(hasCa));
  const refused = isAboutClientCertificate(code);
  if (!refused && !isClosed(code)) return failureOf(error);
  const when =
    protocol === null ? 'in the handshake' : `behind the handshake, before any answer (${protocol})`;
  const late =
    protocol === 'TLSv1.3'
      ? '; TLS 1.3 tells only then that a client certificate is refused, or missing'
      : '';
  const what = refused
    ? `the endpoint refused ${shown ? 'our' : 'the lack of a'} client certificate`
    : 'closed';
  return new StepFailure(`${what} ${when}: ${textOf(error)}${late}`, certificateAdvice(shown, !refused));
}

function codeIn(error: unknown): string {
  return error instanceof Error ? codeOf(error) : '';
}

function textOf(error: unknown): string {
  const code = codeIn(error);
  // OpenSSL's whole message is lines of its source; its reason says the same in words.
  const isOpenSsl = error instanceof Error && 'reason' in error && code.startsWith('ERR_SSL');
  return `${isOpenSsl ? String(error.reason) : wordsOf(error)}${code === '' ? '' : ` (${code})`}`;
}
