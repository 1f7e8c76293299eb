/** An address that drops each SYN, as one behind a firewall does, or where the queue of connections is full. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface SilentAddress extends AsyncDisposable {
  readonly port: number;
  /** From now on connections are accepted: whoever repeats its SYN gets in. */
  accept(): void;
}

/** @param host of the loopback network @param port 0 for any @param onward of 127.0.0.1, where it leads when it accepts; 0: nowhere */
export async function openSilentAddress(host: string, port = 0, onward = 0): Promise<SilentAddress> {
  const child = spawn(
    'python3',
    [join(import.meta.dirname, 'full_queue.py'), host, String(port), String(onward)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    port: Number(line.toString()),
    accept: () => void child.stdin.write('\n'),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
