import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { mainFile, startBridge } from '../../tools/bridge-process.ts';
import type { Command } from '../../tools/dev-stack/processes.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { createTopicsAndSubjects, freshTopics } from '../helpers/bridge.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import { connectPrimary } from '../helpers/primary.ts';

/** As the kernel starts an installed bridge: its first line, with this Node.js in place of the one that `env` finds. */
const [, , , ...flags] = (readFileSync(mainFile, 'utf8').split('\n', 1)[0] ?? '').split(' ');

const ways: readonly (readonly [string, Command | undefined])[] = [
  ['with the flags of the image', undefined],
  ['with the flags of its first line', [process.execPath, ...flags, mainFile]],
  ['without any flag', [process.execPath, mainFile]],
];

test.each(ways)(
  'SIGUSR1 opens no inspector in a bridge that was started %s, which goes on',
  async (_, program) => {
    const topics = freshTopics();
    await createTopicsAndSubjects(topics);
    const bootstrapServers = inject('bootstrapServers');
    await using directory = await temporaryDirectory(join(tmpdir(), 'nbwss-test-'));
    await using bridge = await startBridge({
      bootstrapServers,
      registryUrl: inject('registryUrl'),
      directory: directory.path,
      settings: { kafka: { brokers: bootstrapServers, topics } },
      ...(program && { program }),
    });
    bridge.process.signal('SIGUSR1');
    const primary = await connectPrimary(bridge.url, bridge.tokens['primary1'] ?? '', bridge.pki.ca);
    primary.send(envelope([jobs(job)], { id: 'after the signal' }));
    await primary.answered('after the signal');
    expect(await bridge.stop()).toBe('exit code 0');
    expect(await readFile(bridge.process.logFile, 'utf8')).not.toMatch(/debugger|inspector/i);
  },
);
