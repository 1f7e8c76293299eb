import { reasonOf } from '../errors.ts';
import { presetPrimaries } from '../metrics.ts';
import type { ReloadEvents } from '../reload/reload.ts';
import type { Telling } from './telling.ts';

/** After a reload that failed. */
const whatStays = {
  'some tokens':
    'the tokens from before stay in use for the primaries whose file can not be used, all others are taken over; ' +
    'correct the files, they are read again when they change',
  tokens:
    'the tokens from before stay in use, removed ones too; correct the files, they are read again when they change ' +
    '(to take away the last token, stop the bridge)',
  certificate:
    'the certificate from before stays in use; correct the files, they are read again when they change',
} as const;

/** What becomes of files that change. */
export function createReloadEvents({ log, audit, metrics }: Telling): ReloadEvents {
  return {
    tokensReloaded(changes) {
      metrics.reloadLastSuccessful.set({ kind: 'tokens' }, 1);
      presetPrimaries(metrics, changes.added);
      audit.info({ action: 'tokens-reloaded', ...changes }, 'tokens reloaded');
    },
    certificateReloaded({ subject, notAfter }) {
      metrics.reloadLastSuccessful.set({ kind: 'certificate' }, 1);
      metrics.certificateNotAfter.set(notAfter / 1000);
      const until = new Date(notAfter).toISOString();
      audit.info({ action: 'certificate-reloaded', subject, notAfter: until }, 'certificate reloaded');
    },
    reloadFailed(kind, problems, kept) {
      metrics.reloadLastSuccessful.set({ kind }, 0);
      const stays = whatStays[kind === 'tokens' && kept !== null ? 'some tokens' : kind];
      const fields = { action: 'reload-failed', kind, problems, ...(kept !== null && { kept }) } as const;
      audit.error(fields, `reload failed: ${stays}`);
    },
    unwatched(directory, error) {
      const text =
        'the directory can not be watched: changes are found by the poll alone (reload.pollIntervalMs)';
      log.warn({ action: 'directory-unwatched', directory, reason: reasonOf(error) }, text);
    },
  };
}
