import type { Command } from 'commander';
import { loadGroups } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { SchemaChoices } from '../encode/choose.ts';
import { packagedSchema } from '../encode/packaged.ts';
import { schemaChoices } from '../schema-choices.ts';
import { sourcesOf } from './settings.ts';

/** The groups of settings that the `schemas` commands need. */
export const schemasGroups = ['kafka', 'registry', 'schemas'] as const;

/** These commands ask no broker: of `kafka` they need the topics' names, and so none of its required settings. */
export function schemasConfig(command: Command): Pick<Config, (typeof schemasGroups)[number]> {
  const sources = sourcesOf(command);
  return loadGroups({ ...sources, flags: { ...sources.flags, 'kafka.brokers': 'unused:1' } }, schemasGroups);
}

export type Kind = 'jobs' | 'images' | 'dead-letters';

/** One of the three subjects, and this release's schema for it. */
export interface OurSubject {
  readonly kind: Kind;
  readonly subject: string;
  readonly choice: SchemaChoices['jobs'];
  /** JSON text. */
  readonly schema: string;
}

const schemaNames = {
  jobs: 'netbackup-job',
  images: 'netbackup-image',
  'dead-letters': 'dead-letter',
} as const;

/** This release's schema, as JSON text. */
export function ourSchema(kind: Kind): string {
  return packagedSchema(schemaNames[kind]);
}

export function ourSubjects(config: Pick<Config, 'kafka' | 'schemas'>): readonly OurSubject[] {
  const { jobs, images, deadLetters } = schemaChoices(config);
  const choices = { jobs, images, 'dead-letters': deadLetters };
  return (['jobs', 'images', 'dead-letters'] as const).map((kind) => {
    const choice = choices[kind];
    return { kind, subject: choice.subject, choice, schema: ourSchema(kind) };
  });
}
