/** Versions of our schemas as an owner may register them, from a seed: valid by Avro, and writable by what the dictionary promises. */
import type { Random } from '../../src/simulator/random.ts';
import { below, oneOf } from '../fuzz/choose.ts';
import { type AvroType, currentSchema, type Field, type RecordSchema } from '../schemas/versions.ts';
import { makeDefault } from './make-default.ts';
import { createTypes } from './make-type.ts';

export type Kind = 'job' | 'image';

const fieldTexts =
  'a b kb kilobytes site attempt x1 status state policyName jobId client constructor toString ' +
  'valueOf hasOwnProperty length prototype source kind backupTime';

/** Names of ours, of the wire, of nobody, and of JavaScript's own. */
export const fieldNames = fieldTexts.split(' ');

const needed = ['primary', 'messageId', 'entryIndex', 'extra'];
const own = [...needed, 'notificationType', 'notifiedAt', 'clientName'];

/** @returns the schema without docs */
export function makeSchema(random: Random, kind: Kind): RecordSchema {
  const {
    fields,
    doc: _doc,
    ...schema
  } = currentSchema(kind === 'job' ? 'netbackup-job' : 'netbackup-image');
  const namespace = below(random, 5) === 0 ? oneOf(random, ['nbwss.v2', 'a', 'x.y.z']) : schema.namespace;
  const typeOf = createTypes(random, { name: schema.name, namespace });
  const used = new Set<string>();
  const made: Field[] = [];
  for (const field of fields) {
    const next = evolved(field);
    if (next === null || used.has(next.name)) continue;
    used.add(next.name);
    made.push(next);
  }
  for (let count = below(random, 6); count > 0; count--) {
    const name = oneOf(random, fieldNames);
    if (used.has(name)) continue;
    used.add(name);
    made.push(withAliases(withDefault({ name, type: typeOf(0) })));
  }
  return {
    ...schema,
    namespace,
    fields:
      below(random, 4) === 0 ? made.toSorted((one, other) => one.name.length - other.name.length) : made,
  };

  function evolved({ doc: _doc, ...field }: Field): Field | null {
    if (needed.includes(field.name))
      return field.name === 'entryIndex'
        ? { ...field, type: oneOf<AvroType>(random, ['int', 'long', ['null', 'int']]) }
        : field;
    const choice = below(random, 10);
    if (choice === 0) return field.name === 'clientName' ? field : null;
    if (choice === 1) return { ...field, name: oneOf(random, fieldNames), aliases: [field.name] };
    if (choice === 2 && !own.includes(field.name))
      return withAliases(withDefault({ name: field.name, type: typeOf(0) }));
    return choice === 3 && !own.includes(field.name) ? withAliases(field) : field;
  }

  function withDefault(field: Field): Field {
    if (below(random, 3) === 0) return field;
    const fallback = makeDefault(random, field.type);
    return fallback === undefined ? field : { ...field, default: fallback };
  }

  function withAliases(field: Field): Field {
    if (below(random, 2) === 0) return field;
    const aliases = new Set(
      [oneOf(random, fieldNames), oneOf(random, fieldNames), oneOf(random, needed)].slice(
        0,
        1 + below(random, 3),
      ),
    );
    aliases.delete(field.name);
    return aliases.size === 0 ? field : { ...field, aliases: [...aliases] };
  }
}
