import type { Needed } from './config/load.ts';
import { pinnedChoice, type SchemaChoice, type SchemaChoices } from './encode/choose.ts';
import { packagedSchema, type SchemaName } from './encode/packaged.ts';
import { subjectsOf } from './encode/subject.ts';

/** Which subjects the settings name, and which version of each. */
export function schemaChoices({ kafka, schemas }: Needed<'kafka.topics' | 'schemas'>): SchemaChoices {
  const { mode, pinned, subjects: naming, context } = schemas;
  const subjects = subjectsOf(kafka.topics, naming, context);
  const choiceOf = (of: keyof SchemaChoices, name: SchemaName): SchemaChoice => {
    if (mode === 'register') return { mode, schema: packagedSchema(name) };
    // The settings' own check: `pinned` comes with a version of each.
    return mode === 'registered' ? { mode } : pinnedChoice(pinned[of] ?? '');
  };
  return {
    jobs: { subject: subjects.jobs, choice: choiceOf('jobs', 'netbackup-job') },
    images: { subject: subjects.images, choice: choiceOf('images', 'netbackup-image') },
    deadLetters: { subject: subjects.deadLetters, choice: choiceOf('deadLetters', 'dead-letter') },
  };
}
