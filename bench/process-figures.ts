/** What the kernel says of processes; NaN where there is no /proc. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const sampleMs = 100;
/** USER_HZ, of which proc(5) counts in; the same on every Linux. */
const ticksPerSecond = 100;

/** User and system time so far, in s, all threads together (proc(5): fields 14 and 15). */
export function cpuSeconds(pid: number): number {
  const stat = read(`${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** In MiB. */
export function residentMemory(pid: number): number {
  const kibibytes = read(`${pid}/status`).match(/^VmRSS:\s*(\d+) kB$/m)?.[1];
  return Number(kibibytes ?? NaN) / 1024;
}

/** Begins to look at the memory every 100 ms. The function that it returns ends that, and tells the highest value in MiB. */
export function watchMemory(pid: number): () => number {
  let peak = residentMemory(pid);
  const look = () => {
    peak = Math.max(peak, residentMemory(pid));
  };
  const timer = setInterval(look, sampleMs);
  return () => {
    clearInterval(timer);
    look();
    return peak;
  };
}

/**
 * Begins to count the CPU time of processes other than these. The function that it returns ends that, and tells it in percent of what the
 * machine has. Time that the host of a virtual machine gave to somebody else counts too.
 */
export function watchOthers(own: readonly number[]): () => number {
  const begun = performance.now();
  const ofOthers = () => busySeconds() - own.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const before = ofOthers();
  return () => {
    const available = ((performance.now() - begun) / 1000) * availableParallelism();
    // The kernel counts the machine's time in whole ticks, and that of a process exactly.
    return Math.max(0, (100 * (ofOthers() - before)) / available);
  };
}

/** CPU time of the machine so far in which it wasn't idle, in s (proc(5): /proc/stat, without idle, iowait and what guests repeat). */
function busySeconds(): number {
  const [user, nice, system, , , irq, softirq, steal] = read('stat')
    .split('\n', 1)
    .join()
    .split(/ +/)
    .slice(1);
  const ticks = [user, nice, system, irq, softirq, steal].map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) / ticksPerSecond;
}

function read(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}
