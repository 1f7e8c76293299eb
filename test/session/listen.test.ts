import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';

import { describe, expect, test } from 'vitest';

import { BridgeError, ExitCode, listenError } from '../../src/errors.ts';
import { expectService } from '../helpers/peer.ts';
import { startTerminator } from '../helpers/terminator.ts';

describe('an address that can not be bound', () => {
  test('is told with the settings to change when another process has it', async () => {
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(startTerminator({ port })).rejects.toMatchObject({
      name: 'BridgeError',
      code: 'listen',
      retryable: false,
      exitCode: ExitCode.unavailable,
      message:
        `can't listen on 127.0.0.1:${port}: another process has it: stop that one, ` +
        'or choose another with listen.port and listen.host',
      cause: { code: 'EADDRINUSE' },
    });
  });

  test('is told when this host does not have it', async () => {
    await expect(startTerminator({ host: '203.0.113.1' })).rejects.toThrow(
      /^can't listen on 203\.0\.113\.1:0: .*EADDRNOTAVAIL.*listen\.host$/,
    );
  });

  test('is told with the capability that a privileged port needs', () => {
    const cause = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    const error = listenError('admin', '0.0.0.0', 80, cause);
    expect(error).toBeInstanceOf(BridgeError);
    expect(error.message).toBe(
      "can't listen on 0.0.0.0:80: this user may not bind it: ports below 1024 need CAP_NET_BIND_SERVICE, " +
        'or choose another with admin.port and admin.host',
    );
  });
});

test('two listeners do not know of each other', async () => {
  await using one = await startTerminator();
  await using two = await startTerminator();
  await one.listener.close();
  await expectService(two);
});
