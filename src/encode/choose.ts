import type { PerTopic, RegisteredSchema } from './encoder.ts';
import type { Registry } from './registry.ts';

/** Which version of a subject is written with. */
export type SchemaChoice =
  | { readonly mode: 'registered' }
  /** @param schema this release's, as JSON text: registered where the subject lacks it */
  | { readonly mode: 'register'; readonly schema: string }
  | { readonly mode: 'pinned'; readonly version: number }
  | { readonly mode: 'pinned'; readonly id: number };

/** A choice for each of the three subjects. */
export type SchemaChoices = PerTopic<{ readonly subject: string; readonly choice: SchemaChoice }>;

/**
 * The schema to write with, as the registry has it now. Only `register` ever writes to the registry.
 * @throws BridgeError `subject-missing`, `schema-incompatible`; UnavailableError
 */
export async function chooseSchema(
  registry: Registry,
  { subject, choice }: SchemaChoices['jobs'],
): Promise<RegisteredSchema> {
  switch (choice.mode) {
    case 'registered':
      return await registry.latest(subject);
    case 'register':
      // Nothing is written where it is there already, so that a read-only registry will do.
      if ((await registry.find(subject, choice.schema)) === null)
        await registry.register(subject, choice.schema);
      // The latest may be later than ours: another release's, or the schemas' owner's.
      return await registry.latest(subject);
    case 'pinned':
      return 'id' in choice
        ? await registry.byId(subject, choice.id)
        : await registry.version(subject, choice.version);
  }
}

/** The choice without what it would write: `register` then finds what it would find after having registered. */
export function readOnly({ subject, choice }: SchemaChoices['jobs']): SchemaChoices['jobs'] {
  return { subject, choice: choice.mode === 'register' ? { mode: 'registered' } : choice };
}

/** The schemas to write with, by a registry that is only read. @throws as chooseSchema */
export async function lookUpSchemas(
  registry: Registry,
  choices: SchemaChoices,
): Promise<PerTopic<RegisteredSchema>> {
  const [jobs, images, deadLetters] = await Promise.all([
    chooseSchema(registry, readOnly(choices.jobs)),
    chooseSchema(registry, readOnly(choices.images)),
    chooseSchema(registry, readOnly(choices.deadLetters)),
  ]);
  return { jobs, images, deadLetters };
}

/** The choice that a setting like `version:3` or `id:17` makes. */
export function pinnedChoice(pin: string): SchemaChoice {
  const [by, number] = pin.split(':');
  return by === 'id' ? { mode: 'pinned', id: Number(number) } : { mode: 'pinned', version: Number(number) };
}
