import { nowSeconds, type PreparedMessage } from './message.ts';
import { createRandom, type Random } from './random.ts';

export interface GeneratorOptions {
  /** The same options with the same seed give the same messages, byte for byte. */
  readonly seed: number;
  readonly entriesPerMessage?: number;
  /** From 0 (images only) to 1 (jobs only), kept exactly over any run of entries; 0.5 by default. */
  readonly jobShare?: number;
  /** How many client names (keys of the records) there are; 50 by default. */
  readonly clients?: number;
  /** The number of the first entry; 1 by default. */
  readonly firstEntry?: number;
  /** The `timeStamp` of the messages in Unix seconds, now by default. */
  readonly timeStamp?: number;
}

/** A made-up message. Its entries are numbered consecutively over the whole run, beginning with `firstEntry`. */
export interface GeneratedMessage extends PreparedMessage {
  readonly firstEntry: number;
}

/** Image entry number n has the backupTime `timeStamp` - this + n, as job entry number n has the jobId n. */
export const imageTimeOffset = 365 * 24 * 60 * 60;

/**
 * Makes messages without end, each with a JOB and an IMAGE notification as its entries need them. Every entry can be told
 * from all others: job entry n has jobId n, and image entry n the backupTime that `imageTimeOffset` tells.
 */
export function* generateMessages(options: GeneratorOptions): Generator<GeneratedMessage, never> {
  const { entriesPerMessage = 1, jobShare = 0.5, clients = 50, timeStamp = nowSeconds() } = options;
  const random = createRandom(options.seed);
  let number = options.firstEntry ?? 1;
  for (;;) {
    const firstEntry = number;
    const jobs: object[] = [];
    const images: object[] = [];
    for (; number < firstEntry + entriesPerMessage; number += 1) {
      const client = `client-${String((random.bits() % clients) + 1).padStart(4, '0')}.example.com`;
      const isJob = Math.floor(number * jobShare) > Math.floor((number - 1) * jobShare);
      if (isJob) jobs.push(jobEntry(number, client, timeStamp, random));
      else images.push(imageEntry(timeStamp - imageTimeOffset + number, client, timeStamp, random));
    }
    const payload = [
      ...(jobs.length === 0 ? [] : [{ notificationType: 'INFO', object: 'JOB', data: jobs }]),
      ...(images.length === 0 ? [] : [{ notificationType: 'INFO', object: 'IMAGE', data: images }]),
    ];
    const id = random.uuid();
    const envelope = { version: '1.0', id, type: 'NOTIFICATION', subType: 'REQUEST', timeStamp, payload };
    yield { id, frame: Buffer.from(JSON.stringify(envelope)), entries: entriesPerMessage, firstEntry };
  }
}

/** The keys stand in the order of NetBackup's own messages. */
function jobEntry(jobId: number, clientName: string, timeStamp: number, random: Random): object {
  const jobType = random.pick(['BACKUP', 'BACKUP', 'BACKUP', 'BACKUP', 'RESTORE', 'DUPLICATE', 'SNAPSHOT']);
  const state = random.pick(['QUEUED', 'ACTIVE', 'ACTIVE', 'DONE', 'DONE', 'DONE']);
  return {
    scheduleType: random.pick(['ST_FULL', 'ST_FULL', 'ST_DINC', 'ST_CINC', 'ST_UBAK']),
    clientName,
    status: state === 'DONE' ? random.pick([0, 0, 0, 0, 0, 0, 0, 1, 6, 13, 96, 2074]) : 0,
    startTime: timeStamp - (random.bits() % 7200),
    state,
    policyName: jobType === 'RESTORE' ? '' : `policy-${random.bits() % 20}`,
    parentJobId: random.bits() % 3 === 0 && jobId > 1 ? jobId - 1 : jobId,
    jobId,
    policyType: random.pick(['STANDARD', 'VMWARE', 'WINDOWS_NT', 'SQL_SERVER', 'NDMP', 'HYPERV']),
    jobType,
  };
}

function imageEntry(backupTime: number, clientName: string, timeStamp: number, random: Random): object {
  return {
    clientType: random.pick(['STANDARD', 'VMWARE', 'WINDOWS_NT', 'SQL_SERVER']),
    clientName,
    backupTime,
    createdTime: timeStamp - (random.bits() % 60),
    operationId: random.pick(['CREATE', 'CREATE', 'UPDATE', 'UPDATE', 'DELETE', 'NO_LOCAL_COPY_AVAILABLE']),
    backupId: `${clientName}_${backupTime}`,
  };
}
