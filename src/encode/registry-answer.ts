/** What is read out of the registry's answers. */
import { UnavailableError } from '../errors.ts';
import { type RegistryAnswer, saidBy } from './registry-call.ts';

/** A version of a subject to which a schema refers. */
export interface Reference {
  readonly subject: string;
  readonly version: number;
}

/** @throws UnavailableError for references that aren't any */
export function referencesOf(answer: RegistryAnswer): Reference[] {
  const { references } = bodyOf(answer);
  if (!Array.isArray(references)) return [];
  return (references as unknown[]).map((reference) => {
    const { subject, version } = (reference ?? {}) as Partial<Record<keyof Reference, unknown>>;
    if (typeof subject === 'string' && typeof version === 'number') return { subject, version };
    throw unexpected('what a schema refers to', answer);
  });
}

export function bodyOf({ body }: RegistryAnswer): Readonly<Record<string, unknown>> {
  return body as Readonly<Record<string, unknown>>;
}

/** `:.team:` of `:.team:a-value`; empty in the default context. */
export function contextOf(subject: string): string {
  return /^:\.[^:]*:/.exec(subject)?.[0] ?? '';
}

/** Confluent's error codes for a subject or a version that isn't there; a wrong path of the API gives a 404 without them. */
export function isMissing(answer: RegistryAnswer): boolean {
  const { error_code: code } = bodyOf(answer);
  return answer.status === 404 && (code === 40401 || code === 40402);
}

/** The same where a schema is asked for by its id: its code is another one, but in a context. */
export function isMissingId(answer: RegistryAnswer): boolean {
  return isMissing(answer) || (answer.status === 404 && bodyOf(answer)['error_code'] === 40403);
}

/** An answer that isn't what was asked for. @param what completes "an unexpected answer for" */
export function unexpected(what: string, answer: RegistryAnswer): UnavailableError {
  // The API's own error codes have five digits: the address is right. Others are a status.
  const isApi = Number(bodyOf(answer)['error_code']) >= 40_000;
  return new UnavailableError(
    `the schema registry gave an unexpected answer for ${what}: ${answer.status} (${saidBy(answer)})` +
      (isApi ? '' : "; check registry.url, which includes the API's path"),
    'registry-unexpected',
  );
}
