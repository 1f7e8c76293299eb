import { readFileSync } from 'node:fs';

/** The version of this program, from its package. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

export type SchemaName = 'netbackup-job' | 'netbackup-image' | 'dead-letter';

/** The JSON text of a schema that comes with this program. */
export function packagedSchema(name: SchemaName): string {
  return readFileSync(new URL(`../../schemas/${name}.avsc`, import.meta.url), 'utf8');
}
