import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const demo = fileURLToPath(new URL('../../tools/demo/main.ts', import.meta.url));

/** The processes that `pid` started, from proc(5): the parent is the second field behind the name. */
function childrenOf(pid: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((name) => statusOf(Number(name))?.parent === pid).map(Number);
}

function statusOf(pid: number): { readonly state: string; readonly parent: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

test('the demo reads every record back, streams until Ctrl-C, drains, and leaves nothing running', async () => {
  const child = spawn(process.execPath, [demo], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const said: string[] = [];
  let started: number[] = [];
  for await (const line of createInterface(child.stderr)) {
    said.push(line);
    if (!line.endsWith('until Ctrl-C:')) continue;
    started = childrenOf(child.pid ?? 0);
    child.kill('SIGINT');
  }
  expect(await ended).toEqual([0, null]);
  expect(said).toContain('8 of 8 records read back');
  expect(said.at(-1)).toBe('the bridge drained: exit code 0');
  expect(started.length).toBe(3);
  expect(started.filter((pid) => (statusOf(pid)?.state ?? 'Z') !== 'Z')).toEqual([]);
});
