import { type EntryName, pathOf } from '../split/entry.ts';

export type CloudEventType = 'netbackup.job' | 'netbackup.image' | 'netbackup.dead-letter';

/**
 * The attributes of CloudEvents 1.0 in the Kafka binding's binary mode, as record headers.
 * `ce_id` and `ce_source` together name the event, as (`primary`, `messageId`, `entryIndex`) do in the record.
 */
export function cloudEventHeaders(
  type: CloudEventType,
  entry: EntryName,
  clientName: string | null,
): Record<string, string> {
  const { origin, entryIndex, notification } = entry;
  const place = entryIndex ?? (notification === null ? 'frame' : pathOf(entry).join('/'));
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: `${origin.messageId ?? origin.frame.digest()}:${place}`,
    ce_source: `nbwss://${encodeURIComponent(origin.primary)}`,
    ce_type: type,
    ce_time: new Date(origin.notifiedAt).toISOString(),
    'content-type': 'application/avro',
  };
  // A subject must not be empty (CloudEvents 1.0, REQUIRED to be a non-empty string where present).
  if (clientName !== null && clientName !== '') headers['ce_subject'] = clientName;
  return headers;
}
