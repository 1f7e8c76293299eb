/** A bridge in front of the test stack, with topics and subjects of its own, made by its own command line. */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type BridgeProcess, startBridge } from '../../tools/bridge-process.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { outputOf } from './command.ts';
import { type ReadBack, readBack } from './independent-reader.ts';
import { connectPrimary, type TestPrimary } from './primary.ts';

export interface TopicNames {
  readonly jobs: string;
  readonly images: string;
  readonly deadLetters: string;
}

export type Settings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface TestBridgeOptions {
  /** Over the defaults of tools/bridge-process.ts. */
  readonly settings?: Settings;
  readonly primaries?: readonly string[];
  readonly partitions?: number;
  /** Another broker than the suite's. */
  readonly bootstrapServers?: readonly string[];
  /** What is done to the topics before the bridge sees them. */
  readonly prepare?: (topics: TopicNames) => Promise<void>;
}

export interface TestBridge extends AsyncDisposable {
  readonly bridge: BridgeProcess;
  readonly topics: TopicNames;
  /** Every record of its topics, read by an independent client, once there are so many. */
  read(atLeast: number): Promise<ReadBack[]>;
  /** A NetBackup primary, connected and authenticated. */
  connect(primary?: string): Promise<TestPrimary>;
}

/** Names that no other test uses. */
export function freshTopics(): TopicNames {
  const prefix = `test-${randomUUID().slice(0, 8)}`;
  return { jobs: `${prefix}.jobs`, images: `${prefix}.images`, deadLetters: `${prefix}.dead-letters` };
}

/** Where `replay` marks what it sent; `topics create` makes it beside the others. */
export function replaysTopicOf({ deadLetters }: TopicNames): string {
  return deadLetters.replace(/dead-letters$/, 'replays');
}

/** The flags by which a command finds the stack and the topics. */
export function stackFlags(topics: TopicNames, bootstrapServers = inject('bootstrapServers')): string[] {
  return ['--kafka-brokers', bootstrapServers.join(','), ...registryFlags(topics)];
}

/** The flags of a command that asks only the registry: it needs the topics' names, and no broker. */
export function registryFlags(topics: TopicNames): string[] {
  return [
    ['--kafka-topics-jobs', topics.jobs],
    ['--kafka-topics-images', topics.images],
    ['--kafka-topics-dead-letters', topics.deadLetters],
    ['--kafka-topics-replays', replaysTopicOf(topics)],
    ['--registry-url', inject('registryUrl')],
  ].flat();
}

/** Creates the topics and registers the schemas, as an operator would. */
export async function createTopicsAndSubjects(
  topics: TopicNames,
  options: Pick<TestBridgeOptions, 'partitions' | 'bootstrapServers'> = {},
): Promise<void> {
  const registered = outputOf(['schemas', 'register', ...registryFlags(topics)]);
  await Promise.all([createTopics(topics, options), registered]);
}

export async function createTopics(
  topics: TopicNames,
  options: Pick<TestBridgeOptions, 'partitions' | 'bootstrapServers'> = {},
): Promise<void> {
  const flags = stackFlags(topics, options.bootstrapServers && [...options.bootstrapServers]);
  const kafkaFlags = flags.slice(0, flags.indexOf('--registry-url'));
  await outputOf(['topics', 'create', '--partitions', String(options.partitions ?? 12), ...kafkaFlags]);
}

/** What `topics create` gives a topic on the suite's brokers: three replicas with two in sync, or one on a single broker. */
export function replicationOfTopics(): { readonly replication: number; readonly minInsyncReplicas: number } {
  const single = inject('bootstrapServers').length === 1;
  return single ? { replication: 1, minInsyncReplicas: 1 } : { replication: 3, minInsyncReplicas: 2 };
}

/** Starts a bridge with fresh topics, ready for messages. Disposal kills it and removes its folder. */
export async function startTestBridge(options: TestBridgeOptions = {}): Promise<TestBridge> {
  const { bootstrapServers = inject('bootstrapServers'), primaries, settings = {} } = options;
  const topics = freshTopics();
  await createTopicsAndSubjects(topics, options);
  await options.prepare?.(topics);
  await using starting = new AsyncDisposableStack();
  const directory = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-test-')));
  const bridge = starting.use(
    await startBridge({
      bootstrapServers,
      registryUrl: inject('registryUrl'),
      directory: directory.path,
      settings: { ...settings, kafka: { brokers: bootstrapServers, topics, ...settings['kafka'] } },
      ...(primaries === undefined ? undefined : { primaries }),
    }),
  );
  const running = starting.move();
  return {
    bridge,
    topics,
    read: (atLeast) => readBack(Object.values(topics), { bootstrapServers, atLeast }),
    connect: (primary = primaries?.[0] ?? 'primary1') =>
      connectPrimary(bridge.url, bridge.tokens[primary] ?? '', bridge.pki.ca),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
