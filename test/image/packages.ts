/** The packages that the lock file has for production. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface LockedPackage {
  /** node_modules/<name>, or below another package. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version: string;
        readonly dev?: boolean;
        readonly link?: boolean;
        readonly devOptional?: boolean;
      }
    >
  >;
}

export async function productionPackages(): Promise<readonly LockedPackage[]> {
  const lock = JSON.parse(
    await readFile(join(import.meta.dirname, '../../package-lock.json'), 'utf8'),
  ) as Lock;
  return Object.entries(lock.packages)
    .filter(
      ([folder, entry]) =>
        folder.startsWith('node_modules/') &&
        entry.dev !== true &&
        entry.link !== true &&
        entry.devOptional !== true,
    )
    .map(([folder, { version }]) => ({
      folder,
      name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
    }));
}
