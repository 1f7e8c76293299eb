/**
 * What readers make of an evolving schema: for every step the older and the newer reader, on the older and the newer record, with the
 * real registry's ids and its verdict (Apicurio judges with Apache Avro's SchemaCompatibility). Two readers judge: avsc, and
 * Confluent's Python deserializer with fastavro.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { RecordSchema } from '../../tools/schemas/versions.ts';
import { schemasOf, steps, type Cell, type Value } from '../helpers/evolution-steps.ts';
import { readValues, type ReadValue, type ValueToRead } from '../helpers/independent-values.ts';
import { encodeWith, readerOf } from '../helpers/schema-evolution.ts';
import { freshSubject, type Subject, taken } from '../helpers/subjects.ts';

const base = {
  primary: 'primary1',
  messageId: '608FE0C1-B03C-421D-8876-E3730A7855AF',
  entryIndex: 0,
  notificationType: 'INFO',
  notifiedAt: 1459811724000,
  jobId: 146,
  parentJobId: 145,
  jobType: 'BACKUP',
  state: 'DONE',
  status: 0,
  startTime: 1459829698000,
  clientName: 'DummyTestVM',
  policyName: 'vmware2',
  policyType: 'VMWARE',
  scheduleType: 'ST_FULL',
  extra: {},
};

interface Version {
  readonly schema: RecordSchema;
  readonly id: number;
  readonly record: Buffer;
}

interface Evolution {
  readonly older: Version;
  readonly newer: Version;
}

const cells = [
  'older reader, older record',
  'older reader, newer record',
  'newer reader, older record',
  'newer reader, newer record',
] as const;
type CellName = (typeof cells)[number];

/** By the name of the step. */
const evolutions = new Map<string, Evolution>();
/** By the name of the step and of the cell. */
const python = new Map<string, ReadValue>();

beforeAll(async () => {
  for (const step of steps) {
    // Where only BACKWARD takes the step, the readers meet it on a subject of that level.
    const subject = await freshSubject(step.isFull ? 'FULL_TRANSITIVE' : 'BACKWARD');
    const { older, newer } = schemasOf(step);
    evolutions.set(step.name, {
      older: await register(subject, older, step.older),
      newer: await register(subject, newer, step.newer),
    });
  }
  const all = steps.flatMap(({ name }) => cells.map((cell) => ({ name, cell })));
  const answers = await readValues(all.map(({ name, cell }) => toRead(cell, evolutionOf(name))));
  for (const [at, { name, cell }] of all.entries()) python.set(`${name}, ${cell}`, answers[at] as ReadValue);
});

describe.each(steps)('$name', (step) => {
  const { name, isFull } = step;

  test(`a FULL subject ${isFull ? 'takes it' : 'refuses it, and a BACKWARD one takes it'}`, async () => {
    const { older, newer } = evolutionOf(name);
    for (const level of ['FULL', 'FULL_TRANSITIVE', 'BACKWARD'] as const) {
      const subject = await freshSubject(level);
      await taken(subject, older.schema);
      const isTaken = isFull || level === 'BACKWARD';
      expect(await subject.offer(newer.schema), level).toEqual(
        isTaken ? { id: newer.id } : { refused: expect.any(String) },
      );
      expect(await subject.versions(), level).toEqual(isTaken ? [1, 2] : [1]);
    }
  });

  const expected: Readonly<Record<CellName, Cell>> = {
    'older reader, older record': step.older,
    'older reader, newer record': step.olderReaderNewerRecord,
    'newer reader, older record': step.newerReaderOlderRecord,
    'newer reader, newer record': step.newer,
  };
  const isRead = ({ cell }: { cell: CellName }) => expected[cell] !== 'fails';
  const all = cells.map((cell) => ({ cell, expected: expected[cell] }));

  test.for(all.filter(isRead))('$cell: is read', ({ cell, expected }) => {
    const { reader, writer, record } = sidesOf(cell, evolutionOf(name));
    const value = whole(reader, expected as Value);
    expect(readerOf(reader, writer)(record)).toEqual(value);
    expect(python.get(`${name}, ${cell}`)).toEqual({ value });
  });

  test.for(all.filter((cell) => !isRead(cell)))('$cell: can not be read', ({ cell }) => {
    const { reader, writer } = sidesOf(cell, evolutionOf(name));
    expect(() => readerOf(reader, writer)).toThrow(/no matching field|cannot read/);
    expect(python.get(`${name}, ${cell}`)).toEqual({ error: expect.any(String) });
  });
});

function evolutionOf(name: string): Evolution {
  const evolution = evolutions.get(name);
  if (evolution === undefined) throw new Error(`${name} was not registered`);
  return evolution;
}

async function register(subject: Subject, schema: RecordSchema, value: Value): Promise<Version> {
  return { schema, id: await taken(subject, schema), record: encodeWith(schema, whole(schema, value)) };
}

/** A value of the schema's fields: the base, with what is given. */
function whole({ fields }: RecordSchema, given: Value): Value {
  const values: Value = { ...base, ...given };
  return Object.fromEntries(fields.map(({ name }) => [name, values[name]]));
}

function sidesOf(cell: CellName, { older, newer }: Evolution) {
  const { schema: writer, id, record } = cell.endsWith('older record') ? older : newer;
  const { schema: reader } = cell.startsWith('older reader') ? older : newer;
  return { reader, writer, id, record };
}

function toRead(cell: CellName, evolution: Evolution): ValueToRead {
  const { reader, id, record } = sidesOf(cell, evolution);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return { value: Buffer.concat([header, record]), reader: JSON.stringify(reader) };
}
