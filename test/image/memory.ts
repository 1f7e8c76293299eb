/** What a container's memory was at most, from the kernel's own accounts of its first process and its control group. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { getContainerRuntimeClient, type StartedTestContainer } from 'testcontainers';

export interface Peak {
  /** The largest resident set of the first process, in bytes. */
  readonly resident: number;
  /** The most that the group held that can't be dropped (no page cache), in bytes. */
  readonly held: number;
  /** How often the kernel killed a process of the group for memory. */
  readonly kills: number;
}

const SAMPLE_MS = 100;

/** Measures while the work is done. The engine's process numbers have to be ours: both are in one namespace. */
export async function peakDuring(
  container: StartedTestContainer,
  work: (until: AbortSignal) => Promise<void>,
): Promise<Peak> {
  const { container: engine } = await getContainerRuntimeClient();
  const { State } = await engine.dockerode.getContainer(container.getId()).inspect();
  const group = await memoryGroup(State.Pid);
  const ended = new AbortController();
  const sampling = sample(group, ended.signal);
  try {
    await work(ended.signal);
  } finally {
    ended.abort();
  }
  const held = await sampling;
  const status = await readFile(`/proc/${State.Pid}/status`, 'utf8');
  return { resident: numberAfter('VmHWM:', status) * 1024, held, kills: await group.kills() };
}

async function sample(group: MemoryGroup, until: AbortSignal): Promise<number> {
  let most = 0;
  while (!until.aborted) {
    most = Math.max(most, await group.held());
    await delay(SAMPLE_MS, undefined, { signal: until }).catch(() => {});
  }
  return most;
}

interface MemoryGroup {
  held(): Promise<number>;
  kills(): Promise<number>;
}

/** Version 2 has one tree of groups, version 1 one for memory. */
async function memoryGroup(pid: number): Promise<MemoryGroup> {
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8');
  const first = /^\d+:memory:(.+)$/m.exec(groups)?.[1];
  const folder =
    first === undefined
      ? join('/sys/fs/cgroup', /^0::(.+)$/m.exec(groups)?.[1] ?? '')
      : join('/sys/fs/cgroup/memory', first);
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  if (first === undefined)
    return {
      held: async () => numberAfter('anon ', await read('memory.stat')),
      kills: async () => numberAfter('oom_kill ', await read('memory.events')),
    };
  return {
    held: async () => numberAfter('total_rss ', await read('memory.stat')),
    kills: async () => numberAfter('oom_kill ', await read('memory.oom_control')),
  };
}

/** @throws where no line begins with the label */
function numberAfter(label: string, text: string): number {
  const line = text.split('\n').find((each) => each.startsWith(label));
  const value = Number.parseInt(line?.slice(label.length) ?? '', 10);
  if (Number.isNaN(value)) throw new Error(`no "${label}" in:\n${text}`);
  return value;
}
