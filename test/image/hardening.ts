import { chmod, chown, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** How docs/image.md says to run the image. */
export const HARDENING = {
  ReadonlyRootfs: true,
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges'],
  Memory: 256 * 2 ** 20,
  // The same: nothing is swapped.
  MemorySwap: 256 * 2 ** 20,
  PidsLimit: 100,
};

export const USER = '65532:65532';

/** Makes a folder and what is in it the user's, and nobody else's to read. */
export async function giveToUser(folder: string): Promise<void> {
  const owner = Number.parseInt(USER, 10);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    await chown(path, owner, owner);
    await chmod(path, entry.isDirectory() ? 0o500 : 0o400);
  }
  await chown(folder, owner, owner);
}
