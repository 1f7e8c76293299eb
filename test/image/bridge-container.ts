/** The bridge from its image, hardened, in front of the stack of containers. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers';
import { inject } from 'vitest';
import { createTestPki } from '../../tools/certificates.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { IMAGE } from '../../tools/image/names.ts';
import { freshTopics, replaysTopicOf, type TopicNames } from '../helpers/bridge.ts';
import { type ReadBack, readBack } from '../helpers/independent-reader.ts';
import { giveToUser, HARDENING, USER } from './hardening.ts';
import { runImage } from './run-image.ts';

export interface BridgeContainer extends AsyncDisposable {
  readonly container: StartedTestContainer;
  readonly url: string;
  readonly adminUrl: string;
  readonly ca: string;
  /** By primary: primary1, primary2 ... */
  readonly tokens: Readonly<Record<string, string>>;
  readonly topics: TopicNames;
  /** Every record of its topics, read by an independent client, once there are so many. */
  read(atLeast: number): Promise<ReadBack[]>;
  /** Asks it to stop as `docker stop` does, and waits. @returns its exit code */
  stop(): Promise<number>;
}

const LISTEN_PORT = 8443;
const ADMIN_PORT = 9090;
/** Where docs/image.md mounts certificate and tokens. */
const SECRETS = '/etc/nbwss-bridge';
/** A start takes 1 s on an idle machine, in ms. */
const START_BOUND = 60_000;
/** Above the drain's own bounds, in s. */
const STOP_BOUND = 45;

/** testcontainers has no methods for these. */
class HardenedContainer extends GenericContainer {
  protected override beforeContainerCreated(): Promise<void> {
    Object.assign(this.hostConfig, HARDENING);
    return Promise.resolve();
  }
}

/** Creates topics and subjects by the image's own commands, and starts it; resolves when it is ready. */
export async function startBridgeContainer(primaries = 1): Promise<BridgeContainer> {
  const { network, bootstrapServers, registryUrl } = inject('imageStack');
  const topics = freshTopics();
  const settings = {
    NBWSS_KAFKA_BROKERS: bootstrapServers.join(','),
    NBWSS_KAFKA_TOPICS_JOBS: topics.jobs,
    NBWSS_KAFKA_TOPICS_IMAGES: topics.images,
    NBWSS_KAFKA_TOPICS_DEAD_LETTERS: topics.deadLetters,
    NBWSS_KAFKA_TOPICS_REPLAYS: replaysTopicOf(topics),
    NBWSS_REGISTRY_URL: registryUrl,
  };
  for (const command of [
    ['topics', 'create'],
    ['schemas', 'register'],
  ]) {
    const { exitCode, stderr } = await runImage(command, { env: settings, network });
    if (exitCode !== 0) throw new Error(`${command.join(' ')}: exit ${exitCode}: ${stderr}`);
  }
  await using starting = new AsyncDisposableStack();
  const directory = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-image-')));
  const empty = join(directory.path, 'empty');
  await mkdir(empty);
  const { ca, tokens } = await writeSecrets(directory.path, primaries);
  const log: string[] = [];
  const container = starting.use(
    await new HardenedContainer(IMAGE.bridge)
      .withUser(USER)
      .withNetworkMode(network)
      .withBindMounts([
        { source: directory.path, target: SECRETS, mode: 'ro' },
        // Of a container that is read-only, podman makes these writable, and Docker doesn't.
        { source: empty, target: '/tmp', mode: 'ro' },
        { source: empty, target: '/var/tmp', mode: 'ro' },
      ])
      .withEnvironment({
        ...settings,
        NBWSS_LISTEN_TLS_CERT_FILE: `${SECRETS}/tls/tls.crt`,
        NBWSS_LISTEN_TLS_KEY_FILE: `${SECRETS}/tls/tls.key`,
        NBWSS_CREDENTIALS_TOKEN_DIRECTORY: `${SECRETS}/tokens`,
        NBWSS_DRAIN_DELAY_MS: '0',
      })
      .withExposedPorts(LISTEN_PORT, ADMIN_PORT)
      .withWaitStrategy(Wait.forHttp('/readyz', ADMIN_PORT, { abortOnContainerExit: true }))
      .withStartupTimeout(START_BOUND)
      .withLogConsumer((stream) => stream.on('data', (line: Buffer) => log.push(line.toString())))
      .start()
      .catch((error: unknown) => {
        throw new Error(`the bridge did not become ready; its log:\n${log.join('')}`, { cause: error });
      }),
  );
  const running = starting.move();
  return {
    container,
    url: `wss://${container.getHost()}:${container.getMappedPort(LISTEN_PORT)}/nbwss`,
    adminUrl: `http://${container.getHost()}:${container.getMappedPort(ADMIN_PORT)}`,
    ca,
    tokens,
    topics,
    read: (atLeast) => readBack(Object.values(topics), { atLeast }),
    async stop() {
      const { container: engine } = await getContainerRuntimeClient();
      const stopped = engine.dockerode.getContainer(container.getId());
      await stopped.stop({ t: STOP_BOUND });
      return (await stopped.inspect()).State.ExitCode;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface Secrets {
  readonly ca: string;
  readonly tokens: Readonly<Record<string, string>>;
}

/** Certificate, key and tokens, owned by the bridge's user and readable by nobody else. */
async function writeSecrets(directory: string, primaries: number): Promise<Secrets> {
  const pki = await createTestPki();
  await pki.writeTo(join(directory, 'tls'));
  await mkdir(join(directory, 'tokens'));
  const tokens: Record<string, string> = {};
  for (let number = 1; number <= primaries; number++) {
    const token = randomBytes(32).toString('base64url');
    tokens[`primary${number}`] = token;
    await writeFile(join(directory, `tokens/primary${number}`), `${token}\n`);
  }
  await giveToUser(directory);
  return { ca: pki.ca, tokens };
}
