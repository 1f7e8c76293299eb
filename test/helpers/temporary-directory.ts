import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory with these files, which disposal removes. */
export function temporaryDirectory(
  files: Readonly<Record<string, string | Buffer>> = {},
): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'nbwss-session-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
