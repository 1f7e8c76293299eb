/** What becomes of an entry: the record's fields, or the reasons that a dead letter may have. Written from docs/delivery.md and schemas/README.md. */
import { canonical, type Json } from './json.ts';
import { absent, type Failure, judgeField, type Judgement, sourcesAmong } from './judge-value.ts';
import type { ResolvedField, ResolvedRecord } from './resolved.ts';
import { mapTree, type Tree } from './tree.ts';

/** What the bridge knows of an entry beside its fields. */
export interface Around {
  readonly primary: string;
  readonly messageId: string;
  readonly entryIndex: number;
  readonly notificationType: string | null;
  /** Unix ms. */
  readonly notifiedAt: number;
}

/** A record; the texts in its `extra` are canonical JSON. Or a dead letter for one of the failures. */
export type Expected =
  { readonly record: Tree; readonly odd: boolean } | { readonly failures: readonly Failure[] };

const maxKeyBytes = 4_096;
const ownNames = [
  'primary',
  'messageId',
  'entryIndex',
  'notificationType',
  'notifiedAt',
  'clientName',
  'extra',
];

export function judgeEntry(schema: ResolvedRecord, entry: Json, around: Around): Expected {
  if (entry.is !== 'object') return failing('not-an-object');
  const { members } = entry;
  const client = members.get('clientName');
  if (client?.is !== 'string') return failing('no-client-name');
  if (!client.value.isWellFormed()) return failing('bad-unicode', ['clientName']);
  if (Buffer.byteLength(client.value) > maxKeyBytes) return failing('key-too-long', ['clientName']);
  return judgeFields(schema, members, { ...around, clientName: client.value });
}

function failing(reason: string, path: Failure['path'] = []): Expected {
  return { failures: [{ reason, path }] };
}

type Known = Around & { readonly clientName: string };

function judgeFields(
  { name, fields }: ResolvedRecord,
  members: ReadonlyMap<string, Json>,
  known: Known,
): Expected {
  const owns = sourcesAmong(new Map(ownNames.map((each) => [each, null])), fields);
  const onWire = fields.map((field, at) =>
    owns[at] === undefined ? field : { name: owns[at] === 'clientName' ? 'clientName' : null, aliases: [] },
  );
  const sources = sourcesAmong(
    members,
    onWire,
    fields.map((field) => field.name),
  );
  const failures: Failure[] = [];
  const trees: (readonly [string, Tree])[] = [];
  const extra = new Map<string, Json>();
  for (const [member, value] of members) if (!sources.includes(member)) extra.set(member, value);
  let odd = false;
  fields.forEach((field, at) => {
    const source = sources[at];
    const own = owns[at];
    if (own === 'extra') return void trees.push([field.name, ['map', []]]);
    const [step, judged] =
      own === undefined ? judgeField(field, source, members) : ([null, judgeOwn(field, own, known)] as const);
    if ('failures' in judged) {
      failures.push(
        ...judged.failures.map(({ reason, path }) => ({
          reason,
          path: step === null ? path : [step, ...path],
        })),
      );
      return;
    }
    trees.push([field.name, judged.tree]);
    const value = source === undefined ? undefined : members.get(source);
    if (judged.surplus && source !== undefined && value !== undefined) extra.set(source, value);
    odd ||= judged.odd;
  });
  if ([...extra.keys()].some((member) => !member.isWellFormed()))
    failures.push({ reason: 'bad-unicode', path: [] });
  if (failures.length > 0) return { failures };
  const kept = mapTree([...extra].map(([member, value]) => [member, ['string', canonical(value)]] as const));
  const record = trees.map(([field, tree], at) => [field, owns[at] === 'extra' ? kept : tree] as const);
  return { record: ['record', name, record], odd };
}

function judgeOwn(field: ResolvedField, own: string, known: Known): Judgement {
  const written = (tree: Tree): Judgement => ({ tree, surplus: false, odd: false });
  switch (own) {
    case 'primary':
      return written(['string', known.primary]);
    case 'messageId':
      return written(['string', known.messageId]);
    case 'clientName':
      return written(['string', known.clientName]);
    case 'notifiedAt':
      return written(['long', String(known.notifiedAt)]);
    case 'entryIndex':
      return written([kindOf(field) === 'long' ? 'long' : 'int', String(known.entryIndex)]);
    default:
      if (known.notificationType === null) return absent(field, true);
      if (known.notificationType.isWellFormed()) return written(['string', known.notificationType]);
      return { failures: [{ reason: 'bad-unicode', path: [] }] };
  }
}

/** Of a type beside null. */
function kindOf({ type }: ResolvedField): string | undefined {
  const branches = type.kind === 'union' ? type.branches : [type];
  return branches.find(({ kind }) => kind !== 'null')?.kind;
}
