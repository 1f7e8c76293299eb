import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port is given once in the life of this process: its user may not have bound it yet, or be down for a while. */
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nobody listens on. It lies below the range from which Linux and macOS take the ports of
 * outgoing connections, so that a broker which is down for a while finds it still free.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  await using server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  }
}
