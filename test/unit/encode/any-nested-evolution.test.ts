import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { evolvedValue, renamedTypes } from '../../helpers/evolved-values.ts';
import { objectText } from '../../helpers/json-text.ts';
import { jobsText, requestOf } from '../../helpers/messages.ts';
import { encoderWith, recordsOf, schemas, topics, valueOf } from '../../helpers/schemas.ts';

/** Names that stay without a field, in the order in which they are sent. */
const strange = fc.uniqueArray(fc.constantFrom('', '0', '7', '__proto__', 'constructor', 'length'), {
  maxLength: 4,
});

/** Objects as sorted lists: neither prototypes nor the order of names matter. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([name, inner]) => [name, canonical(inner)] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

test('whatever a later version of the schema nests, every value that was sent is given back', () => {
  const field = fc.record({ value: evolvedValue, isRenamed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 3 }), strange, (all, names) => {
      const fields = all.map(({ value, isRenamed }, index) => ({
        name: `field${index}`,
        type: renamedTypes(value.type, `T${index}_`),
        ...(isRenamed && { aliases: [`never${index}`, `earlier${index}`] }),
      }));
      const wireName = (index: number) => `${all[index]?.isRenamed === true ? 'earlier' : 'field'}${index}`;
      const sent: [string, string][] = [
        ['jobId', '1'],
        ['clientName', '"a"'],
        ...names.map((name): [string, string] => [name, JSON.stringify(name)]),
        ...all.map(({ value }, index): [string, string] => [wireName(index), JSON.stringify(value.sent)]),
      ];
      const parsed = JSON.parse(schemas.jobs.schema) as { fields: object[] };
      const schema = JSON.stringify({ ...parsed, fields: [...parsed.fields, ...fields] });
      const jobs = { ...schemas.jobs, id: 77, version: 2, schema };

      const [written] = recordsOf(requestOf(jobsText(objectText(sent))), encoderWith({ schemas: { jobs } }));
      const value = valueOf(written, { jobs });
      expect(written?.topic, JSON.stringify(value['error'])).toBe(topics.jobs);
      for (const [index, each] of all.entries())
        expect(canonical(value[`field${index}`])).toEqual(canonical(each.value.read));
      const kept = all.flatMap(({ value: { surplus, sent: whole } }, index) =>
        surplus ? [[wireName(index), JSON.stringify(whole)] as const] : [],
      );
      const unknown = names.map((name) => [name, JSON.stringify(name)] as const);
      const byName = (one: readonly [string, string], other: readonly [string, string]) =>
        one[0] < other[0] ? -1 : 1;
      expect(Object.entries(value['extra'] as object).toSorted(byName)).toEqual(
        [...unknown, ...kept].toSorted(byName),
      );
    }),
    { numRuns: 300 },
  );
});
