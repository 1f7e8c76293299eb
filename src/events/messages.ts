import { faultOf } from '../errors.ts';
import type { PipelineEvents } from '../pipeline/pipeline.ts';
import type { Unwritable } from '../split/entry.ts';
import type { Telling } from './telling.ts';

/** The one thing of a message that a line may hold, so that both sides can find it again; NetBackup's has 36 characters. */
const maxIdLength = 64;

/** What becomes of messages. */
export function createMessageEvents({ log, seldom, metrics, countError }: Telling): PipelineEvents {
  return {
    delivered({ primary, id }, { jobs, images, deadLetters }) {
      metrics.notifications.inc({ primary, outcome: 'delivered' });
      if (jobs > 0) metrics.entries.inc({ primary, object: 'job', outcome: 'delivered' }, jobs);
      if (images > 0) metrics.entries.inc({ primary, object: 'image', outcome: 'delivered' }, images);
      log.debug(
        {
          action: 'message-delivered',
          primary,
          messageId: idOf(id),
          jobs,
          images,
          deadLetters: deadLetters.length,
        },
        'message delivered',
      );
      if (deadLetters.length > 0) deadLettersCommitted(primary, id, deadLetters);
    },
    coalesced({ primary, id }) {
      metrics.coalesced.inc({ primary });
      log.debug({ action: 'resend-coalesced', primary, messageId: idOf(id) }, 'resend coalesced');
    },
    idReused({ primary, id }) {
      metrics.idReused.inc({ primary });
      const text = 'the id was seen with another payload: delivered as a message of its own';
      const fields = { action: 'message-id-reused', primary, messageId: idOf(id) } as const;
      seldom(`id reused ${primary}`, 'warn', fields, text);
    },
    joinedTooOften({ primary, id }) {
      metrics.limitHits.inc({ limit: 'joins' });
      log.debug(
        { action: 'resend-passed-over', primary, messageId: idOf(id) },
        'resend passed over: enough of them wait for this delivery',
      );
    },
    notDelivered({ primary, id }, error) {
      metrics.notifications.inc({ primary, outcome: 'failed' });
      countError('deliver', error);
      log.error(
        { action: 'message-not-delivered', primary, messageId: idOf(id), ...faultOf(error) },
        'message not delivered: it is not answered',
      );
    },
  };

  function deadLettersCommitted(primary: string, id: string | null, reasons: readonly Unwritable[]): void {
    const counts: Partial<Record<Unwritable, number>> = {};
    for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
    for (const [reason, count] of Object.entries(counts)) metrics.deadLetters.inc({ reason }, count);
    metrics.entries.inc({ primary, object: 'any', outcome: 'rejected' }, reasons.length);
    const fields = {
      action: 'dead-letters-committed',
      primary,
      messageId: idOf(id),
      reasons: counts,
    } as const;
    seldom(`dead letters ${primary}`, 'warn', fields, 'dead letters committed');
  }
}

function idOf(id: string | null): string | null {
  return id !== null && id.length > maxIdLength ? `${id.slice(0, maxIdLength)}…` : id;
}
