import { describe, expect, test } from 'vitest';
import { costLimits, costOf } from '../../fuzz/cost/oracle.ts';
import { frameOf, readRecipe, type Recipe } from '../../fuzz/cost/recipe.ts';
import { seedRecipes } from '../../fuzz/cost/seeds.ts';
import { corpusFiles } from '../../fuzz/corpus.ts';
import { encoderWith } from '../../helpers/schemas.ts';

const recipes = [
  ...seedRecipes().map((input, n) => ({ name: `seed ${n}`, input })),
  ...corpusFiles('cost'),
].map(({ name, input }) => ({ name, recipe: readRecipe(input) as Recipe }));

test.each(recipes)(
  'what a dear frame takes in Kafka is within what is counted for it: $name',
  ({ recipe }) => {
    for (const cloudEvents of [false, true])
      expect(costOf(recipe, encoderWith({ cloudEvents })).records).toBeGreaterThan(0);
  },
);

test.each(recipes)('a recipe becomes JSON within the limit on payloads: $name', ({ recipe }) => {
  const frame = frameOf(recipe, costLimits.maxPayloadBytes);
  expect(frame.length).toBeLessThanOrEqual(costLimits.maxPayloadBytes);
  expect(JSON.parse(frame.toString())).toMatchObject({ type: 'NOTIFICATION' });
});

describe('the judge', () => {
  test('sees records that are larger than what is counted', () => {
    const { encode, encodeDeadLetter } = encoderWith();
    const value = Buffer.alloc(1024 * 1024);
    const broken: typeof encode = (entry) => ({ ...encode(entry), value });
    const [smallest] = recipes.filter(({ name }) => name === 'seed 1');
    expect(() => costOf(smallest?.recipe as Recipe, { encode: broken, encodeDeadLetter })).toThrow(
      /bytes into Kafka/,
    );
  });

  test('takes no recipe for what is none', () => {
    for (const input of ['', '{}', '{"id":["0",-1],"notifications":[]}'])
      expect(readRecipe(Buffer.from(input))).toBeUndefined();
  });
});
