/** The steps that the owner of a schema may want to take, and what each means for readers. The dictionary's table says the same in words. */
import { currentSchema, type RecordSchema } from '../../tools/schemas/versions.ts';
import { altered, type Change, plus, renamed, without } from './schema-evolution.ts';

export type Value = Readonly<Record<string, unknown>>;
/** What a cell gives: fields of the value that is read, or that the schemas don't resolve. */
export type Cell = Value | 'fails';

export interface Step {
  readonly name: string;
  /** Makes the older version of our job schema; without it, it is our schema itself. */
  readonly before?: Change;
  readonly change: Change;
  /** What the records say in the fields that the step is about. */
  readonly older: Value;
  readonly newer: Value;
  readonly isFull: boolean;
  readonly olderReaderNewerRecord: Cell;
  readonly newerReaderOlderRecord: Cell;
}

const site = (symbols: readonly string[], more: object = {}) =>
  ({ type: 'enum', name: 'Site', symbols, ...more }) as const;

export const steps: readonly Step[] = [
  {
    name: 'add an optional field',
    change: plus({ name: 'site', type: ['null', 'string'], default: null }),
    older: { jobId: 146 },
    newer: { jobId: 147, site: 'north' },
    isFull: true,
    olderReaderNewerRecord: { jobId: 147 },
    newerReaderOlderRecord: { jobId: 146, site: null },
  },
  {
    name: 'add a field with a default',
    change: plus({ name: 'attempt', type: 'int', default: 1 }),
    older: { jobId: 146 },
    newer: { jobId: 147, attempt: 2 },
    isFull: true,
    olderReaderNewerRecord: { jobId: 147 },
    newerReaderOlderRecord: { jobId: 146, attempt: 1 },
  },
  {
    name: 'remove an optional field',
    change: without('policyName'),
    older: { policyName: 'nightly' },
    newer: {},
    isFull: true,
    olderReaderNewerRecord: { policyName: null },
    newerReaderOlderRecord: { policyName: undefined },
  },
  {
    name: 'rename by alias',
    change: renamed('jobId', 'jobNumber'),
    older: { jobId: 146 },
    newer: { jobNumber: 147 },
    isFull: false,
    olderReaderNewerRecord: 'fails',
    newerReaderOlderRecord: { jobNumber: 146 },
  },
  {
    // The trap of a rename: the registry takes it as FULL, and the older reader loses the value without a word.
    name: 'rename by alias, of a field that has a default',
    change: renamed('policyName', 'policy'),
    older: { policyName: 'nightly' },
    newer: { policy: 'weekly' },
    isFull: true,
    olderReaderNewerRecord: { policyName: null },
    newerReaderOlderRecord: { policy: 'nightly' },
  },
  {
    name: 'widen int to long',
    change: altered('status', { type: ['null', 'long'] }),
    older: { status: 1 },
    // Small enough for an int, and refused all the same.
    newer: { status: 196 },
    isFull: false,
    olderReaderNewerRecord: 'fails',
    newerReaderOlderRecord: { status: 1 },
  },
  {
    name: 'new enum symbol',
    before: plus({ name: 'site', type: site(['NORTH', 'SOUTH']), default: 'NORTH' }),
    change: altered('site', { type: site(['NORTH', 'SOUTH', 'EAST']) }),
    older: { site: 'SOUTH' },
    newer: { site: 'EAST' },
    isFull: false,
    olderReaderNewerRecord: 'fails',
    newerReaderOlderRecord: { site: 'SOUTH' },
  },
  {
    name: 'new enum symbol, where the enum has a default of its own',
    before: plus({ name: 'site', type: site(['NORTH', 'OTHER'], { default: 'OTHER' }), default: 'NORTH' }),
    change: altered('site', { type: site(['NORTH', 'OTHER', 'EAST'], { default: 'OTHER' }) }),
    older: { site: 'NORTH' },
    newer: { site: 'EAST' },
    isFull: true,
    olderReaderNewerRecord: { site: 'OTHER' },
    newerReaderOlderRecord: { site: 'NORTH' },
  },
];

/** The step's two versions of the job schema. */
export function schemasOf({ before, change }: Step): { older: RecordSchema; newer: RecordSchema } {
  const ours = currentSchema('netbackup-job');
  const older = before === undefined ? ours : before(ours);
  return { older, newer: change(older) };
}
