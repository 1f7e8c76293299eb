import { costLimits } from './oracle.ts';
import { type Node, type Recipe, writeRecipe } from './recipe.ts';

const named = (name: string, node: Node) => ({ times: 1, name: [name, 1] as const, distinct: 0, node });
const client = named('clientName', { text: ['c', 1] });
const entry = (jobId: string, ...fields: Extract<Node, { fields: unknown }>['fields']): Node => ({
  fields: [named('jobId', { raw: jobId }), client, ...fields],
});

function recipe(times: number, node: Node): Recipe {
  const data = [{ times, node }];
  return {
    id: ['0', 36],
    notifications: [{ times: 1, object: ['JOB', 1], notificationType: ['INFO', 1], data }],
  };
}

/** Where the search begins: a recipe of each kind. */
export function seedRecipes(): Buffer[] {
  const many = (times: number, name: string, distinct: number, raw: string) => ({
    times,
    name: [name, 1] as const,
    distinct,
    node: { raw },
  });
  const { maxEntries, maxValues, maxNames } = costLimits;
  return [
    recipe(maxEntries, { raw: '1' }),
    recipe(maxEntries, entry('1')),
    recipe(maxEntries, entry('"x"', named('note', { text: ['x', 300] }))),
    recipe(maxEntries, entry('1', many(15, 'n', 15, '1e20'))),
    recipe(Math.floor(maxValues / 100), entry('1', many(95, 'n', 95, '12345678901234567'))),
    recipe(1, entry('1', many(maxNames - 100, 'n', maxNames, '1'))),
    recipe(Math.floor(maxValues / 60), entry('1', named('a', { levels: 50, of: '{', node: { raw: '1' } }))),
    recipe(1, entry('1', named('note', { text: [String.raw`\u0001`, 1_000_000] }))),
    recipe(1, entry('1', named('note', { items: [{ times: maxValues - 100, node: { raw: '1e20' } }] }))),
  ].map(writeRecipe);
}
