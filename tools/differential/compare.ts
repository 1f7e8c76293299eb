/** One case: the bridge's bytes as both readers see them, beside what the judge expects. */
import { reasonOf } from '../../src/errors.ts';
import { SchemaError } from '../../src/encode/field-type.ts';
import { currentSchema, type RecordSchema } from '../schemas/versions.ts';
import { type Expected, judgeEntry } from './judge-entry.ts';
import { canonical, parseJson } from './json.ts';
import { type Case, messageId, primary, produce, type Product, stampedAt } from './product.ts';
import type { Read, Reader } from './readers.ts';
import { asRead, resolve, type ResolvedRecord } from './resolved.ts';
import { coarse, fieldsOf, type Tree, withFields } from './tree.ts';

/** Where the bridge and a judge differ. */
export interface Disagreement {
  /** What is wrong, without values: a smaller case has to show the same. */
  readonly kind: string;
  readonly entry: string | null;
  readonly detail: string;
}

export interface Outcome {
  readonly records: number;
  readonly deadLetters: number;
  readonly disagreements: readonly Disagreement[];
}

export interface Readers {
  readonly java: Reader;
  readonly fastavro: Reader;
}

export async function compareCase(given: Case, readers: Readers): Promise<Outcome> {
  const schema = resolve(given.schema as never) as ResolvedRecord;
  let products: Product[];
  try {
    products = produce(given);
  } catch (error) {
    const kind = error instanceof SchemaError ? 'the schema is refused' : 'the bridge fails';
    return { records: 0, deadLetters: 0, disagreements: [{ kind, entry: null, detail: reasonOf(error) }] };
  }
  const expected = given.entries.map((entry, entryIndex) =>
    judgeEntry(schema, parseJson(entry), {
      primary,
      messageId,
      entryIndex,
      notificationType: given.notificationType,
      notifiedAt: stampedAt * 1000,
    }),
  );
  const [java, fastavro] = await Promise.all(
    [readers.java, readers.fastavro].map((reader) => readAll(reader, given.schema, products)),
  );
  const disagreements: Disagreement[] = [];
  given.entries.forEach((entry, at) => {
    const [product, wanted] = [products[at], expected[at]];
    if (product === undefined || wanted === undefined)
      return void disagreements.push({ kind: 'an entry is lost', entry, detail: '' });
    const differences = [
      ...differencesOf('Java', product, java?.[at], wanted, entry, at, given.notificationType),
      ...differencesOf('fastavro', product, fastavro?.[at], wanted, entry, at, given.notificationType),
      ...oddDifferences(product, wanted),
    ];
    disagreements.push(...differences.map(({ kind, detail }) => ({ kind, detail, entry })));
  });
  const deadLetters = products.filter(({ isDeadLetter }) => isDeadLetter).length;
  return { records: products.length - deadLetters, deadLetters, disagreements };
}

/** In the order of the products. */
async function readAll(
  reader: Reader,
  schema: RecordSchema,
  products: readonly Product[],
): Promise<(Read | undefined)[]> {
  const read = async (isDeadLetter: boolean, by: RecordSchema) => {
    const values = products
      .filter((product) => product.isDeadLetter === isDeadLetter)
      .map(({ bytes }) => bytes);
    return values.length === 0
      ? []
      : await reader.read({ writer: JSON.stringify(asRead(by as never)), values });
  };
  const [records, letters] = await Promise.all([
    read(false, schema),
    read(true, currentSchema('dead-letter')),
  ]);
  return products.map(({ isDeadLetter }) => (isDeadLetter ? letters : records).shift());
}

interface Difference {
  readonly kind: string;
  readonly detail: string;
}

function differencesOf(
  reader: 'Java' | 'fastavro',
  product: Product,
  read: Read | undefined,
  wanted: Expected,
  entry: string,
  at: number,
  notificationType: string | null,
): Difference[] {
  if (read === undefined || 'error' in read)
    return [{ kind: `${reader} can't read it`, detail: read?.error ?? 'no answer' }];
  if (product.isDeadLetter !== 'failures' in wanted)
    return [
      {
        kind: product.isDeadLetter ? 'a dead letter of what fits' : 'a record of what does not fit',
        detail: `${show(read.value)}, expected ${show(wanted)}`,
      },
    ];
  const [seen, expected] =
    'failures' in wanted
      ? [fieldsForLetter(read.value), letterFields(wanted, read.value, entry, at, notificationType)]
      : [withCanonicalExtra(read.value), reader === 'Java' ? wanted.record : coarse(wanted.record)];
  if (show(seen) === show(expected)) return [];
  return [
    {
      kind: `${'failures' in wanted ? 'a dead letter' : 'a record'} reads otherwise`,
      detail: `${reader} reads ${show(seen)}, expected ${show(expected)}`,
    },
  ];
}

function oddDifferences(product: Product, wanted: Expected): Difference[] {
  const odd = 'record' in wanted && wanted.odd;
  return product.odd === odd
    ? []
    : [{ kind: 'odd times are counted otherwise', detail: `counted ${product.odd}, expected ${odd}` }];
}

function withCanonicalExtra(record: Tree): Tree {
  return withFields(record, (name, value) => {
    if (name !== 'extra' || value[0] !== 'map') return value;
    return withFields(value, (_, inner) =>
      inner[0] === 'string' || inner[0] === 'text' ? [inner[0], canonical(parseJson(inner[1]))] : inner,
    );
  });
}

const letterNames = [
  'primary',
  'messageId',
  'entryIndex',
  'object',
  'notificationType',
  'reason',
  'paths',
  'raw',
  'rawTruncated',
];

function fieldsForLetter(letter: Tree): unknown {
  const fields = fieldsOf(coarse(letter));
  return letterNames.map((name) => [name, fields.get(name) ?? null]);
}

/** Of several failures any may be named: the one that the letter names, where it is one of them. */
function letterFields(
  { failures }: Extract<Expected, { failures: unknown }>,
  letter: Tree,
  entry: string,
  at: number,
  notificationType: string | null,
): unknown {
  const text = (value: string | null): Tree => (value === null ? ['null'] : ['text', value.toWellFormed()]);
  const more = notificationType?.isWellFormed() === false ? [text('/payload/0/notificationType')] : [];
  const named = failures.map(({ reason, path }) => ({
    reason: text(reason),
    paths: ['array', [text(pointer(['payload', 0, 'data', at, ...path])), ...more]] as const,
  }));
  const seen = fieldsOf(coarse(letter));
  const { reason, paths } =
    named.find(
      (each) =>
        show(each.reason) === show(seen.get('reason')) && show(each.paths) === show(seen.get('paths')),
    ) ??
    named[0] ??
    {};
  const fields = {
    primary: text(primary),
    messageId: text(messageId),
    entryIndex: ['integer', String(at)],
    object: seen.get('object'),
    notificationType: text(notificationType),
    reason,
    paths,
    raw: ['bytes', Buffer.from(entry).toString('base64')],
    rawTruncated: ['boolean', false],
  };
  return letterNames.map((name) => [name, fields[name as keyof typeof fields] ?? null]);
}

/** RFC 6901. */
function pointer(path: readonly (string | number)[]): string {
  return path
    .map((step) => `/${String(step).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
