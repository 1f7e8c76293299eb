/** Messages of a few job entries, one of which is as large as a case wants it. */
import { newMessageId, nowSeconds, type PreparedMessage } from '../../src/simulator/message.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';

/** Beyond all that NetBackup generates here. */
let jobId = 1_000_000;

/** One job entry, with so long a policy's name. */
export function withOneEntry(length = 10): PreparedMessage {
  const id = newMessageId();
  const entry = { ...job, jobId: jobId++, startTime: nowSeconds(), policyName: 'x'.repeat(length) };
  const message = envelope([jobs(entry)], { id, timeStamp: nowSeconds() });
  return { id, frame: Buffer.from(JSON.stringify(message)), entries: 1 };
}

/** Three job entries of one client, the second of so many bytes. */
export function withHugeEntry(bytes: number): PreparedMessage {
  const id = newMessageId();
  const entry = () => ({ ...job, jobId: jobId++, startTime: nowSeconds() });
  const data = [entry(), { ...entry(), padding: 'x'.repeat(bytes) }, entry()];
  const message = envelope([jobs(...data)], { id, timeStamp: nowSeconds() });
  return { id, frame: Buffer.from(JSON.stringify(message)), entries: 3 };
}
