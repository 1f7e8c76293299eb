/** A directory as kubelet mounts a Secret: every file is a link through `..data`, which leads to the folder of the newest version. */
import {
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

let versions = 0;

/**
 * Writes another version beside the one before, swaps `..data` to it in one step, and only then adds and removes the links of
 * files (k8s.io/kubernetes/pkg/volume/util/atomic_writer.go).
 */
export function mountSecret(directory: string, files: Readonly<Record<string, string>>): void {
  const data = join(directory, '..data');
  const before = readdirSync(directory).includes('..data') ? readlinkSync(data) : null;
  const version = `..2026_01_01_00_00_00.${versions++}`;
  mkdirSync(join(directory, version));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, version, name), text);
  symlinkSync(version, join(directory, '..data_tmp'));
  renameSync(join(directory, '..data_tmp'), data);
  const names = readdirSync(directory).filter((name) => !name.startsWith('.'));
  for (const name of Object.keys(files))
    if (!names.includes(name)) symlinkSync(join('..data', name), join(directory, name));
  for (const name of names) if (!(name in files)) rmSync(join(directory, name));
  if (before !== null) rmSync(join(directory, before), { recursive: true });
}
