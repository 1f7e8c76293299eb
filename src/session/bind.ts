import { once } from 'node:events';
import type { Server } from 'node:net';
import { listenError } from '../errors.ts';

/**
 * Connections that wait to be accepted, as far as the kernel's own bound allows: in a flood that fills the queue a good primary
 * would have to knock again after a second (TCP's retransmission).
 */
const backlog = 4096;

/** @throws BridgeError `listen` when the address can't be bound */
export async function bind(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen({ host, port, backlog });
    await once(server, 'listening');
  } catch (error) {
    throw listenError('listen', host, port, error);
  }
}
