/** Kafka brokers (KRaft, each also a controller), each a process of its own that can be killed, paused and restarted. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Programs } from './fetch.ts';
import { freePort } from './ports.ts';
import { type Command, type OwnedProcess, type Processes, untilDone, untilReady } from './processes.ts';

/** A restart waits out the broker's old session (3 s) and comes well under this even on a loaded machine. In ms. */
const START_BOUND = 60_000;
/** A clean stop takes 0.3 s, 5.4 s when all three stop at once. In ms. */
const STOP_BOUND = 15_000;

/** Any 16 bytes in base64url; brokers of different stacks never meet. */
const CLUSTER_ID = '5L6g3nShT-eMCtK--X86sw';

const JVM_FLAGS = [
  '-Xms32m',
  '-Xmx256m',
  '-XX:MaxDirectMemorySize=128m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
];

export interface Broker {
  readonly nodeId: number;
  /** The client port, on 127.0.0.1. */
  readonly port: number;
  /** Of the running process, or of the last one. */
  readonly pid: number;
  /** Sends a signal: SIGKILL for a crash, SIGSTOP and SIGCONT for a pause. */
  kill(signal: NodeJS.Signals): void;
  /** Stops the broker cleanly (SIGTERM; killed when it takes too long) and keeps its data. */
  stop(): Promise<void>;
  /** Stops it if it runs, starts it with its data and resolves when it serves again. */
  restart(): Promise<void>;
}

/** Settings of server.properties. */
export type KafkaProperties = Readonly<Record<string, string>>;

interface KafkaOptions {
  readonly brokers: 1 | 3;
  /** Added to each broker's settings, and stronger than the stack's own; a function where each broker has its own. */
  readonly properties: KafkaProperties | ((node: Node) => KafkaProperties);
  /** Added to the command that formats the storage: `--add-scram` and a user. */
  readonly formatArguments?: readonly string[];
  readonly programs: Programs;
  readonly processes: Processes;
  readonly runDirectory: string;
}

/** A broker that is still to start. Its ports are on 127.0.0.1. */
export interface Node {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
}

/** Formats and starts the brokers, all at once: a node alone waits for a quorum. Resolves when every one serves. */
export async function startKafka(options: KafkaOptions): Promise<Broker[]> {
  const nodes: Node[] = [];
  for (let id = 1; id <= options.brokers; id++) {
    nodes.push({ id, port: await freePort(), controllerPort: await freePort() });
  }
  return Promise.all(nodes.map((node) => startBroker(node, nodes, options)));
}

async function startBroker(node: Node, nodes: readonly Node[], options: KafkaOptions): Promise<Broker> {
  const { programs, processes, properties, formatArguments = [] } = options;
  const name = `Kafka broker ${node.id}`;
  const folder = join(options.runDirectory, `broker-${node.id}`);
  const logFile = join(folder, 'broker.log');
  const settingsFile = join(folder, 'server.properties');
  await mkdir(join(folder, 'tmp'), { recursive: true });
  const own = typeof properties === 'function' ? properties(node) : properties;
  const settings = { ...serverProperties(node, nodes, join(folder, 'data')), ...own };
  await writeFile(
    settingsFile,
    Object.entries(settings).map(([key, value]) => `${key}=${value}\n`),
  );

  const run = (mainClass: string, ...args: string[]) =>
    processes.start(name, [...java(programs, folder), mainClass, ...args], logFile);

  const format = await run(
    'kafka.tools.StorageTool',
    'format',
    '-t',
    CLUSTER_ID,
    '-c',
    settingsFile,
    ...formatArguments,
  );
  await untilDone(format, START_BOUND);
  let broker = await start();

  return {
    nodeId: node.id,
    port: node.port,
    get pid() {
      return broker.pid;
    },
    kill: (signal) => broker.signal(signal),
    stop: () => stopBroker(broker),
    async restart() {
      await stopBroker(broker);
      broker = await start();
    },
  };

  async function start(): Promise<OwnedProcess> {
    const earlier = (await readFile(logFile)).length;
    const child = await run('kafka.Kafka', settingsFile);
    // Logged after the broker is unfenced, so topics can be created from then on.
    const serves = async () => (await readFile(logFile)).subarray(earlier).includes('Kafka Server started');
    await untilReady(child, START_BOUND, serves);
    return child;
  }
}

async function stopBroker(broker: OwnedProcess): Promise<void> {
  broker.signal('SIGTERM');
  broker.signal('SIGCONT');
  const stopped = await Promise.race([broker.ended, delay(STOP_BOUND, undefined, { ref: false })]);
  if (stopped !== undefined) return;
  broker.signal('SIGKILL');
  await broker.ended;
}

/** The command up to the name of the main class. */
function java({ java, kafkaJars }: Programs, folder: string): Command {
  const logging = `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'kafka/log4j2.properties')}`;
  // Here Kafka unpacks the native libraries of its codecs.
  const temporary = `-Djava.io.tmpdir=${join(folder, 'tmp')}`;
  // The asterisk is for Java: it means all jars of the folder.
  return [java, ...JVM_FLAGS, logging, temporary, '-cp', join(kafkaJars, '*')];
}

function serverProperties(node: Node, nodes: readonly Node[], data: string): KafkaProperties {
  const replicas = String(nodes.length);
  const inSync = nodes.length === 1 ? '1' : '2';
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': nodes.map((n) => `${n.id}@127.0.0.1:${n.controllerPort}`).join(','),
    listeners: `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': 'false',
    'num.partitions': '1',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '5',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '5',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    // A restarted broker is refused until its old session has expired; the default is 9 s.
    'broker.heartbeat.interval.ms': '500',
    'broker.session.timeout.ms': '3000',
    // Below: less memory and fewer threads for a broker that shares the machine with a test suite.
    'num.network.threads': '2',
    'num.io.threads': '2',
    'background.threads': '2',
    'log.cleaner.dedupe.buffer.size': '4194304',
    'log.segment.bytes': '16777216',
    'log.index.size.max.bytes': '1048576',
  };
}
