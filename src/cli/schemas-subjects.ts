import type { Command } from 'commander';
import { loadGroups, type Needed } from '../config/load.ts';
import type { SchemaChoices } from '../encode/choose.ts';
import { packagedSchema } from '../encode/packaged.ts';
import { schemaChoices } from '../schema-choices.ts';
import { sourcesOf } from './settings.ts';

/** What the `schemas` commands need: they ask no broker, and of Kafka want nothing but the topics' names. */
export const schemasNeeds = ['kafka.topics', 'registry', 'schemas'] as const;

export function schemasConfig(command: Command): Needed<(typeof schemasNeeds)[number]> {
  return loadGroups(sourcesOf(command), schemasNeeds);
}

export type Kind = 'jobs' | 'images' | 'dead-letters';

/** One of the three subjects, and this release's schema for it. */
export interface OurSubject {
  readonly kind: Kind;
  readonly use: keyof SchemaChoices;
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

export function ourSubjects(config: Needed<'kafka.topics' | 'schemas'>): readonly OurSubject[] {
  const choices = schemaChoices(config);
  return (['jobs', 'images', 'dead-letters'] as const).map((kind) => {
    const use = kind === 'dead-letters' ? 'deadLetters' : kind;
    const choice = choices[use];
    return { kind, use, subject: choice.subject, choice, schema: ourSchema(kind) };
  });
}
