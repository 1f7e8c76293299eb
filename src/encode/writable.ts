import { chooseEach, chooseSchema, readOnly, type SchemaChoices } from './choose.ts';
import { checkWritable, type PerTopic, type RegisteredSchema } from './encoder.ts';
import { SchemaError } from './field-type.ts';
import type { Registry } from './registry.ts';

/** The version that is written with, and the one that was chosen and can't be, where that is another one. */
export interface WritableChoice {
  readonly schema: RegisteredSchema;
  readonly refused: Refused | null;
}

/** A version that can't be written with as it is, and why. */
export interface Refused {
  readonly schema: RegisteredSchema;
  readonly error: SchemaError;
}

/** A pinned version can't be written with: it never changes, and another one isn't asked for. No waiting helps (exit 78). */
export class PinnedSchemaError extends SchemaError {
  override readonly isFinal = true;
}

/** How many earlier versions are looked at. */
const maxLookedAt = 50;

/**
 * The choice's version where it can be written with; else the newest earlier one that can, as a bridge that ran before would have
 * kept it; else the choice's own without the defaults that can't be written, where nothing else is wrong with it.
 * @throws as chooseSchema; SchemaError for a subject of which no version can be written with, PinnedSchemaError
 */
export async function chooseWritable(
  registry: Registry,
  use: keyof PerTopic<unknown>,
  wanted: SchemaChoices['jobs'],
): Promise<WritableChoice> {
  const chosen = await chooseSchema(registry, wanted);
  const error = faultOf(use, chosen);
  if (error === null) return { schema: chosen, refused: null };
  if (wanted.choice.mode === 'pinned')
    throw new PinnedSchemaError(`${error.message} It is pinned (schemas.pinned): pin another one.`, error);
  const refused = { schema: chosen, error };
  const schema = (await newestEarlier(registry, use, chosen)) ?? withoutDefaults(use, chosen);
  if (schema === null) throw error;
  return { schema, refused };
}

async function newestEarlier(
  registry: Registry,
  use: keyof PerTopic<unknown>,
  { subject, version: latest }: RegisteredSchema,
): Promise<RegisteredSchema | null> {
  const earlier = (await registry.versions(subject)).filter((version) => version < latest);
  for (const version of earlier.toSorted((one, other) => other - one).slice(0, maxLookedAt)) {
    const schema = await registry.version(subject, version);
    if (faultOf(use, schema) === null) return schema;
  }
  return null;
}

function withoutDefaults(use: keyof PerTopic<unknown>, chosen: RegisteredSchema): RegisteredSchema | null {
  const schema = { ...chosen, dropsDefaults: true } as const;
  return faultOf(use, schema) === null ? schema : null;
}

function faultOf(use: keyof PerTopic<unknown>, schema: RegisteredSchema): SchemaError | null {
  try {
    checkWritable(use, schema);
    return null;
  } catch (error) {
    if (error instanceof SchemaError) return error;
    throw error;
  }
}

/** What is written with of each subject. @throws as chooseWritable; one error for all subjects that have none */
export async function chooseWritables(
  registry: Registry,
  choices: SchemaChoices,
): Promise<PerTopic<WritableChoice>> {
  return await chooseEach(choices, (use, choice) => chooseWritable(registry, use, choice));
}

/** The same by a registry that is only read. */
export async function lookUpSchemas(
  registry: Registry,
  choices: SchemaChoices,
): Promise<PerTopic<RegisteredSchema>> {
  return await chooseEach(
    choices,
    async (use, choice) => (await chooseWritable(registry, use, readOnly(choice))).schema,
  );
}
