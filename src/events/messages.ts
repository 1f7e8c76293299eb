import { reasonOf } from '../errors.ts';
import type { PipelineEvents } from '../pipeline/pipeline.ts';
import type { Unwritable } from '../split/entry.ts';
import type { Telling } from './telling.ts';

/** What becomes of messages. */
export function createMessageEvents({ log, seldom, metrics, countError }: Telling): PipelineEvents {
  return {
    delivered({ primary, id }, { jobs, images, deadLetters }) {
      metrics.notifications.inc({ primary, outcome: 'delivered' });
      if (jobs > 0) metrics.entries.inc({ primary, object: 'job', outcome: 'delivered' }, jobs);
      if (images > 0) metrics.entries.inc({ primary, object: 'image', outcome: 'delivered' }, images);
      log.debug(
        { primary, messageId: id, jobs, images, deadLetters: deadLetters.length },
        'message delivered',
      );
      if (deadLetters.length > 0) deadLettersCommitted(primary, id, deadLetters);
    },
    coalesced({ primary, id }) {
      metrics.coalesced.inc({ primary });
      log.debug({ primary, messageId: id }, 'resend coalesced');
    },
    idReused({ primary, id }) {
      metrics.idReused.inc({ primary });
      const text = 'the id was seen with another payload: delivered as a message of its own';
      seldom(`id reused ${primary}`, 'warn', { primary, messageId: id }, text);
    },
    joinedTooOften({ primary, id }) {
      metrics.limitHits.inc({ limit: 'joins' });
      log.debug({ primary, messageId: id }, 'resend passed over: enough of them wait for this delivery');
    },
    notDelivered({ primary, id }, error) {
      metrics.notifications.inc({ primary, outcome: 'failed' });
      countError('deliver', error);
      log.error(
        { primary, messageId: id, reason: reasonOf(error) },
        'message not delivered: it is not answered',
      );
    },
  };

  function deadLettersCommitted(primary: string, id: string | null, reasons: readonly Unwritable[]): void {
    const counts: Partial<Record<Unwritable, number>> = {};
    for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
    for (const [reason, count] of Object.entries(counts)) metrics.deadLetters.inc({ reason }, count);
    metrics.entries.inc({ primary, object: 'any', outcome: 'rejected' }, reasons.length);
    const fields = { primary, messageId: id, reasons: counts };
    seldom(`dead letters ${primary}`, 'warn', fields, 'dead letters committed');
  }
}
