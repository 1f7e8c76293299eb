import { readFileSync } from 'node:fs';

export type SchemaName = 'netbackup-job' | 'netbackup-image' | 'dead-letter';

/** The JSON text of a schema that comes with this program. */
export function packagedSchema(name: SchemaName): string {
  return readFileSync(new URL(`../../schemas/${name}.avsc`, import.meta.url), 'utf8');
}
