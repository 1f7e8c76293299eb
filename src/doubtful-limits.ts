import { checkLimits } from './check-limits.ts';
import type { Config } from './config/schema.ts';
import type { Events } from './events.ts';
import type { Files } from './files.ts';

/** Tells of each warning about the limits (check-limits.ts). */
export function tellDoubtfulLimits(
  events: Pick<Events, 'limitsDoubtful'>,
  { limits }: Pick<Config, 'limits'>,
  { credentials }: Pick<Files, 'credentials'>,
): void {
  for (const { what, text } of checkLimits(limits, credentials)) events.limitsDoubtful(what, text);
}

/** The same events; after a reload of the tokens the limits are looked at for the primaries that there are now. */
export function tellingLimits(
  events: Events,
  config: Pick<Config, 'limits'>,
  files: Pick<Files, 'credentials'>,
): Events {
  return {
    ...events,
    tokensReloaded(changes) {
      events.tokensReloaded(changes);
      tellDoubtfulLimits(events, config, files);
    },
  };
}
