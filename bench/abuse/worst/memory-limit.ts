/** A pod's limit on memory, for one process: a memory cgroup where one can be made, else a watcher that kills by what is resident. */
import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, OwnedProcess } from '../../../tools/dev-stack/processes.ts';

export interface MemoryLimit extends Disposable {
  /** In a few words, for the report. */
  readonly what: string;
  /** The same command, with the limit and the flag of the image for it. */
  launch(command: Command): Command;
  /** Watches until it ends, and kills it where nobody else does. The function that it returns tells the peaks so far. */
  watch(process: OwnedProcess): () => Peaks;
}

/** In MiB. */
export interface Peaks {
  readonly resident: number;
  /** Without the pages of files, such as those of Node.js itself, which a kernel drops before it kills. */
  readonly anonymous: number;
}

interface CgroupVersion {
  readonly root: string;
  /** The files that a limit is written to, and what else has to be there. */
  readonly files: (bytes: number) => Readonly<Record<string, string>>;
}

const watchMs = 20;
const mebibyte = 1024 * 1024;
const versions: readonly CgroupVersion[] = [
  { root: '/sys/fs/cgroup/memory', files: (bytes) => ({ 'memory.limit_in_bytes': String(bytes) }) },
  {
    root: '/sys/fs/cgroup',
    files: (bytes) => ({ 'memory.max': String(bytes), 'memory.swap.max': '0' }),
  },
];

export function limitMemory(mebibytes: number): MemoryLimit {
  const folder = makeCgroup(mebibytes * mebibyte);
  return {
    what: folder === null ? 'a watcher of the resident memory' : 'a memory cgroup',
    launch: ([node, ...rest]) =>
      folder === null
        ? [node, `--max-old-space-size=${mebibytes / 2}`, ...rest]
        : [...joining(folder), node, '--max-old-space-size-percentage=50', ...rest],
    watch: (process) => watch(process, folder === null ? mebibytes : Infinity),
    [Symbol.dispose]() {
      if (folder !== null) rmdirSync(folder);
    },
  };
}

/** The shell joins the cgroup before anything of the program is in memory. */
function joining(folder: string): Command {
  return ['sh', '-c', 'echo $$ > "$0" && exec "$@"', join(folder, 'cgroup.procs')];
}

/** @returns its folder; null where none can be made */
function makeCgroup(bytes: number): string | null {
  for (const { root, files } of versions) {
    const folder = join(root, `nbwss-bench-${process.pid}`);
    try {
      accessSync(join(root, 'cgroup.procs'), constants.W_OK);
      mkdirSync(folder);
    } catch {
      continue;
    }
    try {
      for (const [name, value] of Object.entries(files(bytes))) writeFileSync(join(folder, name), value);
      return folder;
    } catch {
      rmdirSync(folder);
    }
  }
  return null;
}

function watch(process: OwnedProcess, most: number): () => Peaks {
  let peaks: Peaks = { resident: 0, anonymous: 0 };
  const look = (): void => {
    const { now, highest, anonymous } = residentOf(process.pid);
    peaks = {
      resident: Math.max(peaks.resident, highest),
      anonymous: Math.max(peaks.anonymous, anonymous),
    };
    if (now > most) process.signal('SIGKILL');
  };
  const timer = setInterval(look, watchMs);
  void process.ended.then(() => clearInterval(timer));
  return () => {
    look();
    return peaks;
  };
}

/** In MiB; zeros where the process is gone. */
function residentOf(pid: number): Readonly<Record<'now' | 'highest' | 'anonymous', number>> {
  let status = '';
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // It has ended.
  }
  const of = (name: string): number =>
    Number(new RegExp(String.raw`^${name}:\s*(\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return { now: of('VmRSS'), highest: of('VmHWM'), anonymous: of('RssAnon') };
}
