/** What the chart installs, run by itself: its Job, the bridge with its probes, and the Pod of `helm test`. */
import { basename, join } from 'node:path';
import { tmpdir } from 'node:os';
import { expect, inject, test } from 'vitest';
import { createTestPki } from '../../tools/certificates.ts';
import { mainFile } from '../../tools/bridge-process.ts';
import { render } from '../../tools/chart/render.ts';
import { at } from '../../tools/chart/tree.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { ownProcesses, untilReady } from '../../tools/dev-stack/processes.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { envOf, mountAt } from '../chart/mounted.ts';
import { one } from '../chart/objects.ts';
import { createTopics, freshTopics, replaysTopicOf } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';

test('the Job registers the schemas, the bridge gets ready by its probes, and the test is answered', async () => {
  const topics = freshTopics();
  await createTopics(topics);
  const [listen, admin] = [await freePort(), await freePort()];
  const objects = await render('minimal', {
    schemasJob: { enabled: true, command: 'register' },
    test: { url: `wss://127.0.0.1:${listen}/nbwss`, ca: { existingConfigMap: 'ca' } },
    config: {
      listen: { port: listen },
      admin: { port: admin },
      drain: { delayMs: 0 },
      kafka: {
        brokers: inject('bootstrapServers'),
        topics: { ...topics, replays: replaysTopicOf(topics) },
      },
      registry: { url: inject('registryUrl') },
    },
  });
  await using directory = await temporaryDirectory(join(tmpdir(), 'nbwss-rendered-'));
  const { cert, key, ca } = await createTestPki();
  const contents: Readonly<Record<string, string>> = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca };
  const contentOf = (file: string): string =>
    contents[basename(file)] ?? `${basename(file)}-token-of-the-test\n`;
  const filesOf = (kind: string, path: string, name: string) => {
    const pod = at(one(objects, kind), path);
    const here = mountAt(join(directory.path, name), { objects, pod }, contentOf, ['primary1', 'probe']);
    const env = envOf(at(pod, 'containers.0.env'), here);
    return { pod, args: (at(pod, 'containers.0.args') as string[]).map(here), env };
  };

  const ofJob = filesOf('Job', 'spec.template.spec', 'job');
  const job = await nbwssBridge(ofJob.args, { env: ofJob.env });
  expect(job.exitCode, job.stderr).toBe(0);

  const { pod, args, env } = filesOf('Deployment', 'spec.template.spec', 'bridge');
  await using processes = ownProcesses();
  const command = [process.execPath, '--disable-warning=TimeoutNegativeWarning', mainFile, ...args] as const;
  // Nobody else may reach this one.
  const bridge = await processes.start('the bridge', command, join(directory.path, 'bridge.log'), {
    ...env,
    PATH: process.env['PATH'],
    NBWSS_LISTEN_HOST: '127.0.0.1',
    NBWSS_ADMIN_HOST: '127.0.0.1',
  });
  const asks = async (probe: string): Promise<boolean> => {
    const path = at(pod, `containers.0.${probe}.httpGet.path`) as string;
    return await fetch(`http://127.0.0.1:${admin}${path}`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
    await untilReady(bridge, 30_000, () => asks(probe));

  const tested = await nbwssBridge(filesOf('Pod', 'spec', 'test').args);
  expect(tested.stdout + tested.stderr).toMatch(/^ok +notification/m);
  expect(tested.exitCode).toBe(0);

  bridge.signal('SIGTERM');
  expect(await bridge.ended).toBe('exit code 0');
});
