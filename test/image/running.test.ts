import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goldenSamples } from '../helpers/golden.ts';
import { connectPrimary } from '../helpers/primary.ts';
import { type BridgeContainer, startBridgeContainer } from './bridge-container.ts';
import { HARDENING } from './hardening.ts';
import { imageConfig } from './inspect.ts';
import { evaluate, runImage } from './run-image.ts';

let bridge: BridgeContainer;
beforeAll(async () => {
  bridge = await startBridgeContainer();
});
afterAll(() => bridge[Symbol.asyncDispose]());

/** What a module's text prints, run beside the bridge in its container. */
async function inside(script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await bridge.container.exec([
    '/nodejs/bin/node',
    '--input-type=module',
    '-e',
    script,
  ]);
  if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${stderr}`);
  return stdout;
}

const statusOf = async (pid: number) =>
  new Map(
    (
      await inside(
        `import { readFileSync } from 'node:fs'; console.log(readFileSync('/proc/${pid}/status', 'utf8'));`,
      )
    )
      .split('\n')
      .map((line) => line.split(/:\s+/) as [string, string]),
  );

test('in the container the program is found by its name, with the settings of the bridge', async () => {
  const { exitCode, stdout, stderr } = await bridge.container.exec([
    'nbwss-bridge',
    'check-config',
    '--connect',
  ]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^the configuration is valid\n/);
  expect(stdout).toMatch(/^ok +registry/m);
});

describe('the documented messages', () => {
  const total = goldenSamples.reduce((sum, { golden }) => sum + golden.length, 0);

  test('become exactly their golden records in Kafka, each answered once', async () => {
    await using primary = await connectPrimary(bridge.url, bridge.tokens['primary1'] ?? '', bridge.ca);
    for (const { frame } of goldenSamples) primary.send(frame);
    await primary.answeredInAll(goldenSamples.length);
    const names = new Map([
      [bridge.topics.jobs, 'netbackup.jobs'],
      [bridge.topics.images, 'netbackup.images'],
    ]);
    const records = await bridge.read(total);
    const byEntry = (value: Readonly<Record<string, unknown>> | null) =>
      `${String(value?.['messageId'])}/${String(value?.['entryIndex'])}`;
    const seen = new Map(
      records.map(({ topic, key, partition, value }) => [
        byEntry(value),
        { topic: names.get(topic), key, partition, value },
      ]),
    );
    const expected = goldenSamples.flatMap(({ golden }) => golden);
    expect(seen).toEqual(
      new Map(
        expected.map(({ topic, key, partition, value }) => [
          byEntry(value),
          { topic, key, partition, value },
        ]),
      ),
    );
    expect(records).toHaveLength(total);
  });
});

describe('with every right taken away', () => {
  test('the bridge is the first process, of user 65532, without capabilities or a way to new ones', async () => {
    const status = await statusOf(1);
    const command = await inside(
      `import { readFileSync } from 'node:fs'; console.log(readFileSync('/proc/1/cmdline', 'utf8').replaceAll('\\0', ' '));`,
    );
    expect(command).toMatch(/^\/nodejs\/bin\/node .* dist\/main\.js serve/);
    expect(status.get('Uid')?.split('\t')).toEqual(['65532', '65532', '65532', '65532']);
    expect(status.get('Gid')?.split('\t')).toEqual(['65532', '65532', '65532', '65532']);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(status.get(set)).toMatch(/^0+$/);
    expect(status.get('NoNewPrivs')).toBe('1');
    expect(status.get('Seccomp')).toBe('2');
  });

  test('its memory and its processes are bounded', async () => {
    const limits = await inside(
      `import { readFileSync } from 'node:fs';
       const first = (...files) => {
         for (const file of files) try { return Number(readFileSync('/sys/fs/cgroup/' + file, 'utf8')); } catch {}
       };
       console.log(JSON.stringify({
         memory: first('memory/memory.limit_in_bytes', 'memory.max'), processes: first('pids/pids.max', 'pids.max'),
       }));`,
    );
    expect(JSON.parse(limits)).toEqual({ memory: HARDENING.Memory, processes: HARDENING.PidsLimit });
  });

  test('no folder of it can be written to: each says that it is read-only', async () => {
    const written = await inside(
      `import { writeFileSync } from 'node:fs';
       const folders = ['/', '/app', '/app/dist', '/tmp', '/var/tmp', '/home', '/etc/nbwss-bridge', '/nodejs/bin'];
       const attempt = (folder) => {
         try { writeFileSync(folder + '/file', ''); return 'written'; } catch (error) { return error.code; }
       };
       console.log(JSON.stringify(Object.fromEntries(folders.map((folder) => [folder, attempt(folder)]))));`,
    );
    expect(new Set(Object.values(JSON.parse(written) as Record<string, string>))).toEqual(new Set(['EROFS']));
  });

  test('it has no file open for writing but its output, pipes and sockets', async () => {
    // Read from another process of the same user.
    const open = await inside(
      `import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
       const files = readdirSync('/proc/1/fd').map((fd) => ({
         target: readlinkSync('/proc/1/fd/' + fd),
         flags: Number.parseInt(/flags:\\s+(\\d+)/.exec(readFileSync('/proc/1/fdinfo/' + fd, 'utf8'))[1], 8),
       }));
       console.log(JSON.stringify(files.filter(({ target, flags }) => target.startsWith('/') && (flags & 3) !== 0)));`,
    );
    const targets = (JSON.parse(open) as { readonly target: string }[]).map(({ target }) => target);
    expect(targets.filter((target) => target !== '/dev/null')).toEqual([]);
  });
});

describe('the health check', () => {
  test('succeeds beside a bridge that lives', async () => {
    const { Healthcheck } = await imageConfig();
    const { exitCode } = await bridge.container.exec(Healthcheck.Test.slice(1));
    expect(exitCode).toBe(0);
  });

  test('fails where nothing answers', async () => {
    const [, entrypoint = '', ...args] = (await imageConfig()).Healthcheck.Test;
    expect(await runImage(args, { entrypoint: [entrypoint] })).toMatchObject({ exitCode: 1 });
  });

  test('fails where the answer is not that it lives', async () => {
    const check = (await imageConfig()).Healthcheck.Test.at(-1) ?? '';
    const exit = await evaluate(
      `import { createServer } from 'node:http';
       import { spawn } from 'node:child_process';
       const server = createServer((request, response) => response.writeHead(503).end()).listen(9090, '127.0.0.1', () =>
         spawn('/nodejs/bin/node', ['-e', ${JSON.stringify(check)}]).on('exit', (code) => {
           console.log(code);
           server.close();
         }));`,
    );
    expect(exit.trim()).toBe('1');
  });
});
