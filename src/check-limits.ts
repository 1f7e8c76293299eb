import type { Config } from './config/schema.ts';
import type { Credentials } from './session/credentials.ts';
import { isProbe } from './session/probe.ts';
import { maxProbeSessions } from './session/session-limit.ts';
import type { Verdict } from './verdict.ts';

/** An answer with an id as NetBackup's are. */
const answerBytes = 150;

/**
 * What limits may bring about together that nobody wants. Warnings: they depend on the token files, which change while the bridge
 * runs, or on how NetBackup behaves. What can't work in any case is refused with the configuration (config/cross-checks.ts).
 */
export function checkLimits(
  limits: Config['limits'],
  { primaries, identities }: Pick<Credentials, 'primaries' | 'identities'>,
): Verdict[] {
  const { maxConnections, maxSessionsPerPrimary, unauthenticated, inFlight, maxUnreadAnswerBytes } = limits;
  const verdicts: Verdict[] = [];
  const probes = identities.some(({ primary }) => isProbe(primary)) ? maxProbeSessions : 0;
  const needed = primaries.length * maxSessionsPerPrimary + probes + unauthenticated.maxConnections;
  if (needed > maxConnections) {
    const text =
      `${maxConnections} are too few for ${primaries.length} primaries with limits.maxSessionsPerPrimary (${maxSessionsPerPrimary}) each, ` +
      `${probes} probes and limits.unauthenticated.maxConnections (${unauthenticated.maxConnections}): some may take the connections of ` +
      `others. Raise it to ${needed}, or lower limits.maxSessionsPerPrimary`;
    verdicts.push({ what: 'limits.maxConnections', state: 'warning', text });
  }
  const answers = inFlight.maxMessagesPerPrimary * (1 + inFlight.maxJoinsPerMessage);
  if (answers * answerBytes > maxUnreadAnswerBytes) {
    const text =
      `${maxUnreadAnswerBytes} are too few for the ${answers} answers that may be due at once when Kafka comes back ` +
      '(limits.inFlight.maxMessagesPerPrimary, each with limits.inFlight.maxJoinsPerMessage resends): a session in good order may be cut. ' +
      `Raise it to ${answers * answerBytes}`;
    verdicts.push({ what: 'limits.maxUnreadAnswerBytes', state: 'warning', text });
  }
  return verdicts;
}
