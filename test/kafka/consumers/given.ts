/** What two primaries tell over three days, and what a report at `now` says of it. */
import { envelope, image, images, job, jobs } from '../../helpers/messages.ts';

export const primaries = ['primary1', 'primary2'] as const;
export type Primary = (typeof primaries)[number];

export const now = '2025-10-09T12:00:00Z';

/** Five hours ahead of UTC, as in NetBackup's own samples: the day of this is the next one. */
const primarysOffset = 5 * 60 * 60;
const seconds = (time: string) => Date.parse(time) / 1000;

export interface Told {
  readonly primary: Primary;
  readonly message: ReturnType<typeof envelope> & { readonly id: string };
}

let count = 0;

function told(primary: Primary, time: string, ...payload: unknown[]): Told {
  const id = `MESSAGE-${++count}`;
  return { primary, message: { ...envelope(payload, { timeStamp: seconds(time) }), id } };
}

/** A full backup that is done and successful, at a time of which its start time is ahead. */
function backup(time: string, jobId: number, clientName: string, more: object = {}) {
  return { ...job, jobId, clientName, startTime: seconds(time) + primarysOffset, ...more };
}

const oneJob = (primary: Primary, time: string, jobId: number, clientName: string, more?: object) =>
  told(primary, time, jobs(backup(time, jobId, clientName, more)));

const active = { state: 'ACTIVE', status: 0 };

/** Told again after a restart of the bridge, when the job is long done. */
export const toldTwice: readonly Told[] = [
  oneJob('primary1', '2025-10-08T23:45:00Z', 1, 'alpha', active),
  told('primary1', '2025-10-08T23:46:00Z', images({ ...image, clientName: 'alpha' })),
];

export const beforeRestart: readonly Told[] = [
  // A job through its states, and the same jobId of another primary.
  oneJob('primary1', '2025-10-08T23:30:00Z', 1, 'alpha', { state: 'QUEUED', status: 0 }),
  ...toldTwice,
  oneJob('primary1', '2025-10-09T01:00:00Z', 1, 'alpha'),
  oneJob('primary1', '2025-10-09T02:00:00Z', 2, 'kilo', { status: 96 }),
  oneJob('primary2', '2025-10-09T02:30:00Z', 2, 'kilo', { status: 13 }),
  // The last second of a day, and the border of the 24 h, on both sides.
  oneJob('primary1', '2025-10-08T23:59:59Z', 3, 'lima'),
  oneJob('primary1', '2025-10-08T12:00:00Z', 4, 'hotel'),
  oneJob('primary1', '2025-10-08T12:00:01Z', 5, 'india'),
  // No successful full backup within 24 h: partial, too long ago, incremental, a restore, still running, only an image.
  oneJob('primary1', '2025-10-07T20:00:00Z', 6, 'bravo'),
  oneJob('primary1', '2025-10-09T03:00:00Z', 7, 'bravo', { status: 1 }),
  oneJob('primary1', '2025-10-09T03:10:00Z', 8, 'delta', { scheduleType: 'ST_DINC' }),
  oneJob('primary1', '2025-10-09T03:20:00Z', 9, 'echo', { jobType: 'RESTORE', policyName: '' }),
  oneJob('primary1', '2025-10-09T11:00:00Z', 10, 'golf', active),
  told(
    'primary2',
    '2025-10-09T03:30:00Z',
    images({ ...image, clientName: 'foxtrot', operationId: 'DELETE' }),
  ),
  // No client, and neither policy nor status: the one is no client, the other no success.
  oneJob('primary1', '2025-10-09T03:40:00Z', 11, ''),
  oneJob('primary1', '2025-10-09T03:50:00Z', 12, '', { policyName: undefined, status: undefined }),
  // The client's name changes while the job runs, and with it the partition: up, and down.
  oneJob('primary2', '2025-10-09T04:00:00Z', 13, 'papa', active),
  oneJob('primary2', '2025-10-09T04:10:00Z', 13, 'papa.example.com'),
  oneJob('primary2', '2025-10-09T04:20:00Z', 14, 'november.example.com', active),
  oneJob('primary2', '2025-10-09T04:30:00Z', 14, 'november'),
];

/** By then the schema of the jobs has grown: `status` is a long, and `kilobytes` is a field. */
export const afterRestart: readonly Told[] = [
  ...toldTwice,
  oneJob('primary2', '2025-10-09T05:00:00Z', 15, 'oscar', { kilobytes: 4_096, policyName: 'weekly' }),
  oneJob('primary2', '2025-10-09T05:10:00Z', 16, 'oscar', { status: 3_000_000_000, policyName: 'weekly' }),
];

export function grownSchema(jobSchema: string): string {
  const schema = JSON.parse(jobSchema) as { fields: { name: string; type: unknown }[] };
  const kilobytes = { name: 'kilobytes', type: ['null', 'long'], default: null };
  const fields = schema.fields.map((field) =>
    field.name === 'status' ? { ...field, type: ['null', 'long'] } : field,
  );
  return JSON.stringify({ ...schema, fields: [...fields, kilobytes] });
}

const without = (clientName: string, lastFullBackup: string | null = null, ...names: Primary[]) => ({
  clientName,
  primaries: names.length === 0 ? ['primary1'] : names,
  lastFullBackup,
});

const rate = (group: string, successful: number, partial = 0, failed = 0) => {
  const [day, primary, policyName] = group.split(' ');
  const all = successful + partial + failed;
  return { day, primary, policyName, jobs: all, successful, partial, failed, successRate: successful / all };
};

export const expectedReport = {
  now,
  recordsRead: beforeRestart.length + afterRestart.length,
  copiesDropped: toldTwice.length,
  clientsWithoutFullBackup: [
    without('bravo', '2025-10-07T20:00:00Z'),
    without('delta'),
    without('echo'),
    without('foxtrot', null, 'primary2'),
    without('golf'),
    without('hotel', '2025-10-08T12:00:00Z'),
    without('kilo', null, 'primary1', 'primary2'),
    without('november.example.com', null, 'primary2'),
    without('papa', null, 'primary2'),
  ],
  successRates: [
    rate('2025-10-07 primary1 nightly', 1),
    rate('2025-10-08 primary1 nightly', 3),
    rate('2025-10-09 primary1 ', 1, 0, 1),
    rate('2025-10-09 primary1 nightly', 3, 1, 1),
    rate('2025-10-09 primary2 nightly', 2, 0, 1),
    rate('2025-10-09 primary2 weekly', 1, 0, 1),
  ],
};
