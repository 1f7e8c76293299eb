import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Verdict } from '../verdict.ts';

/** A file that holds a secret. */
export interface SecretFile {
  /** The setting that names it, or its directory. */
  readonly setting: string;
  readonly file: string;
}

const others = { read: 0o004, write: 0o002, enter: 0o001 };

/**
 * A warning for each setting with files that every user of the machine can read or change. Group rights are no matter: Kubernetes gives
 * a Secret to a pod by them (`fsGroup`), and packages do. Files that can't be looked at are passed over: what opens them says why.
 */
export function judgeModes(secrets: readonly SecretFile[]): Verdict[] {
  const open = secrets.flatMap(({ setting, file }) => {
    const mode = openMode(file);
    return mode === null ? [] : [{ setting, file, mode }];
  });
  return [...Map.groupBy(open, ({ setting }) => setting)].map(([what, files]) => {
    const verb = files.some(({ mode }) => (mode & others.write) !== 0) ? 'change' : 'read';
    const named = files.map(({ file, mode }) => `${file} (mode ${mode.toString(8).padStart(4, '0')})`);
    const text = `every user of this machine can ${verb} ${named.join(', ')}: take that away with chmod o=`;
    return { what, state: 'warning', text };
  });
}

/** The mode of a file that others than its owner and group get at; null where they don't. */
function openMode(file: string): number | null {
  // kubelet's directory of links (atomic_writer.go): in the pod there is one user, and the modes are the mount's.
  if (existsSync(join(dirname(file), '..data'))) return null;
  try {
    const path = realpathSync(file);
    const mode = statSync(path).mode & 0o777;
    return (mode & (others.read | others.write)) !== 0 && isReachable(path) ? mode : null;
  } catch {
    return null;
  }
}

/** Whether others may enter every directory above. */
function isReachable(path: string): boolean {
  const above = dirname(path);
  return (statSync(above).mode & others.enter) !== 0 && (above === path || isReachable(above));
}
