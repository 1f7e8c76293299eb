import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Certificates, keys and tokens are far smaller: of anything larger its size and time count, not its content. */
const maxContentBytes = 1024 * 1024;

/**
 * A digest of what these files hold, and of the files of these directories, links followed. It is the content that counts:
 * times and inodes don't tell a change on every file system. What can't be read counts by the reason. Never rejects.
 */
export async function digestOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(JSON.stringify(await describe(path)));
  return hash.digest('hex');
}

async function describe(path: string): Promise<unknown> {
  try {
    const status = await stat(path);
    if (!status.isDirectory()) return await describeFile(path);
    const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
    const files: unknown[] = [];
    for (const name of names) files.push([name, await describeFile(join(path, name))]);
    return files;
  } catch (error) {
    return reasonFor(error);
  }
}

async function describeFile(file: string): Promise<unknown> {
  try {
    const status = await stat(file);
    // A pipe would never end.
    if (!status.isFile()) return 'no file';
    if (status.size > maxContentBytes) return [status.size, status.mtimeMs];
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  } catch (error) {
    return reasonFor(error);
  }
}

function reasonFor(error: unknown): unknown {
  return { code: (error as NodeJS.ErrnoException).code };
}
