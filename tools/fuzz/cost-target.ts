import { spendingOf } from '../../test/fuzz/cost/oracle.ts';
import { readRecipe, writeRecipe } from '../../test/fuzz/cost/recipe.ts';
import { seedRecipes } from '../../test/fuzz/cost/seeds.ts';
import type { Random } from '../../src/simulator/random.ts';
import { below, oneOf } from './choose.ts';
import type { Target } from './target.ts';

/** Frames of megabytes, made from recipes: dear ones are sought. Each step up in what a frame costs is something new. */
export const costTarget: Target = {
  maxBytes: 4 * 1024,
  seeds: seedRecipes,
  run(input) {
    const recipe = readRecipe(input);
    if (recipe === undefined) return ['no recipe'];
    const cost = spendingOf(recipe);
    const perByte = (figure: number): number => (1000 * figure) / cost.frameBytes;
    const perWeight = (figure: number): number => (1000 * figure) / Math.max(1, cost.weight);
    return [
      cost.outcome,
      ...steps('us of CPU', cost.cpuMs * 1000),
      ...steps('ns of CPU a KB', perByte(cost.cpuMs * 1000)),
      ...steps('us at a stretch', cost.longestMs * 1000),
      ...steps('bytes allocated to decode', cost.decodingBytes),
      ...steps('per mille of the frame allocated to decode', perByte(cost.decodingBytes)),
      ...steps('bytes allocated to encode', cost.encodingBytes),
      ...steps('per mille of the weight allocated to encode', perWeight(cost.encodingBytes)),
      ...steps('bytes into Kafka', cost.recordBytes),
      ...steps('per mille of the weight into Kafka', perWeight(cost.recordBytes)),
    ];
  },
  mutate(input, other, random) {
    const recipe = JSON.parse(input.toString()) as Json;
    const places = placesIn(recipe);
    const others = placesIn(JSON.parse(other.toString()) as Json);
    change(oneOf(random, places), others, random);
    const changed = writeRecipe(recipe);
    return readRecipe(changed) === undefined ? undefined : changed;
  },
  *parts(input) {
    const recipe = readRecipe(input);
    if (recipe === undefined) return;
    for (let n = 0; ; n++) {
      const copy = structuredClone(recipe) as unknown as Json;
      const place = placesIn(copy).filter(
        ({ holder }) => Array.isArray(holder) && typeof holder[0] === 'object',
      )[n];
      if (place === undefined) return;
      (place.holder as Json[]).splice(Number(place.key), 1);
      yield writeRecipe(copy);
    }
  },
};

/** Every step of an eighth on the way to a figure, so that only a higher one is new. */
function* steps(name: string, figure: number): Generator<string> {
  const stepsADoubling = 6;
  const reached = Math.floor(Math.log2(Math.max(1, figure)) * stepsADoubling);
  for (let step = 0; step <= reached; step++) yield `${name}: ${step}`;
}

type Json = number | string | Json[] | { [name: string]: Json };

/** Where a value stands in what holds it. */
interface Place {
  readonly holder: Json[] | { [name: string]: Json };
  readonly key: string;
}

function placesIn(root: Json): Place[] {
  if (typeof root !== 'object') return [];
  const places: Place[] = [];
  for (const [key, value] of Object.entries(root)) {
    places.push({ holder: root, key });
    places.push(...placesIn(value));
  }
  return places;
}

const at = ({ holder, key }: Place): Json => (holder as { [name: string]: Json })[key] as Json;
const put = ({ holder, key }: Place, value: Json): void => {
  (holder as { [name: string]: Json })[key] = value;
};

const counts = [0, 1, 2, 15, 19, 64, 97, 128, 500, 1_000, 5_000, 9_990, 20_000, 100_000, 390_000, 1_400_000];
const units = [
  'x',
  'JOB',
  'IMAGE',
  'INFO',
  'é',
  '漢',
  '𝄞',
  ' ',
  '0',
  '/',
  String.raw`\"`,
  String.raw`\u0001`,
  String.raw`\ud83d`,
  String.raw`\u6f22`,
];
const fieldNames = [
  'jobId',
  'clientName',
  'status',
  'startTime',
  'note',
  'backupId',
  'backupTime',
  '__proto__',
];
const raws = [
  '1',
  '-0',
  '1e20',
  '-1e20',
  '1e-7',
  '12345678901234567',
  '0.1234567890123456789',
  '1E400',
  'null',
  'true',
  '""',
  '"x"',
  '[]',
  '{}',
];

function change(place: Place, others: readonly Place[], random: Random): void {
  const value = at(place);
  if (typeof value === 'number') return put(place, newCount(value, random));
  if (typeof value === 'string') {
    if (place.key === 'raw') return put(place, oneOf(random, raws));
    if (place.key === 'of') return put(place, oneOf(random, ['[', '{']));
    return put(place, oneOf(random, below(random, 3) === 0 ? fieldNames : units));
  }
  const alike = others.filter(({ key }) => key === place.key || isElement({ holder: place.holder, key }));
  if (isElement(place) && typeof value === 'object' && !Array.isArray(value)) {
    const list = place.holder as Json[];
    const index = Number(place.key);
    const choice = below(random, 4);
    if (choice === 0 && list.length > 1) list.splice(index, 1);
    else if (choice === 1) list.splice(index, 0, structuredClone(value));
    else if (alike.length > 0) list.splice(index, choice - 2, structuredClone(at(oneOf(random, alike))));
    return;
  }
  if (place.key === 'node' && below(random, 2) === 0) return put(place, newNode(value, random));
  if (alike.length > 0) put(place, structuredClone(at(oneOf(random, alike))));
}

function isElement({ holder }: Place): boolean {
  return Array.isArray(holder);
}

function newCount(count: number, random: Random): number {
  const by = oneOf(random, [0.5, 0.9, 1.1, 2, 4]);
  return below(random, 2) === 0 ? oneOf(random, counts) : Math.min(10_000_000, Math.round(count * by));
}

function newNode(old: Json, random: Random): Json {
  const times = oneOf(random, counts);
  switch (below(random, 5)) {
    case 0:
      return { raw: oneOf(random, raws) };
    case 1:
      return { text: [oneOf(random, units), times] };
    case 2:
      return { items: [{ times, node: old }] };
    case 3:
      return {
        fields: [{ times, name: [oneOf(random, units), 1], distinct: oneOf(random, counts), node: old }],
      };
    default:
      return { levels: below(random, 64), of: oneOf(random, ['[', '{']), node: old };
  }
}
