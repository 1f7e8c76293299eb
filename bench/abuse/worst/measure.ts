/**
 * The bridge in a pod's memory, on a real Kafka: several primaries send messages of one shape, each the next as soon as one is answered,
 * while a good primary sends small ones. What one shape does is seen from a fresh start.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startBridge } from '../../../tools/bridge-process.ts';
import type { Command } from '../../../tools/dev-stack/processes.ts';
import type { DevStack } from '../../../tools/dev-stack/stack.ts';
import { watchOthers } from '../../process-figures.ts';
import { bridgeTopics, type Topics } from '../../topics.ts';
import type { Attack, Done } from './attackers.ts';
import { startGoodPrimary } from './good-primary.ts';
import type { MemoryLimit, Peaks } from './memory-limit.ts';
import { type Pod, shapeLimitsOf } from './pods.ts';
import { shapes } from './shapes.ts';
import type { LongestTurn } from './turn-probe.ts';
import { probeEnvironment, probeFile, watchTurns } from './turns.ts';

export interface Surroundings {
  readonly stack: DevStack;
  readonly topics: Topics;
  /** The pod's. */
  readonly limit: MemoryLimit;
  /** Where files go. */
  readonly directory: string;
}

export interface Choices {
  /** Node.js, its flags and the main file of the build. */
  readonly command: Command;
  readonly durationMs: number;
  readonly badPrimaries: number;
  readonly sessions: number;
  readonly inFlight: number;
}

export interface Figures {
  /** "survived", or how the bridge ended. */
  readonly end: string;
  readonly peaks: Peaks;
  /** Of the event loop; NaN where the bridge ended, which can't be asked any more. */
  readonly turn: LongestTurn;
  /** In ms. */
  readonly wait: number;
  /** In MB, as the broker keeps them. */
  readonly kafka: number;
  /** Of the attackers, beside what they sent in MB. */
  readonly answered: number;
  readonly sent: number;
  /** What other processes took of the machine meanwhile, in percent; NaN where the bridge ended. */
  readonly others: number;
}

const attackersFile = new URL('./attackers.ts', import.meta.url);
const unknownTurn: LongestTurn = { ms: NaN, cpuMs: NaN };

/** @throws where anything but the bridge fails */
export async function measureShape(
  name: string,
  pod: Pod,
  { stack, topics, directory, limit }: Surroundings,
  choices: Choices,
): Promise<Figures> {
  await topics.makeAnew();
  await using held = new AsyncDisposableStack();
  const probeSocket = join(directory, 'probe.sock');
  const [node, ...flagsAndMain] = choices.command;
  const bad = Array.from({ length: choices.badPrimaries }, (_, n) => `bad${n + 1}`);
  const bridge = held.use(
    await startBridge({
      bootstrapServers: stack.bootstrapServers,
      registryUrl: stack.registryUrl,
      directory,
      primaries: ['good', ...bad],
      settings: { limits: pod.limits, records: { cloudEvents: shapes[name]?.cloudEvents ?? false } },
      program: limit.launch([node, '--import', probeFile, ...flagsAndMain]),
      environment: probeEnvironment(probeSocket),
    }),
  );
  const peaks = limit.watch(bridge.process);
  const portOf = (url: string): number => Number(new URL(url).port);
  const endpoint = { port: portOf(bridge.url), adminPort: portOf(bridge.adminUrl), ca: bridge.pki.ca };
  const tokenOf = (primary: string): string => bridge.tokens[primary] ?? '';
  const attackers = held.use(
    await connectAttackers({
      ...choices,
      endpoint,
      tokens: bad.map(tokenOf),
      shape: name,
      limits: shapeLimitsOf(pod),
    }),
  );
  const endGood = await startGoodPrimary(endpoint, tokenOf('good'));
  const endTurns = await watchTurns(bridge.process, probeSocket);
  const brokerPids = stack.brokers.map(({ pid }) => pid);
  const endOthers = watchOthers([process.pid, bridge.process.pid, attackers.pid, ...brokerPids]);
  attackers.begin();
  await Promise.race([delay(choices.durationMs), bridge.process.ended]);
  const [wait, done, turn] = [await endGood(), await attackers.done(), await endTurns()];
  const survived = bridge.process.running;
  return {
    others: endOthers(),
    end: survived ? 'survived' : await bridge.process.ended,
    peaks: peaks(),
    turn: survived ? turn : unknownTurn,
    wait,
    kafka: keptBytes(stack.runDirectory) / 1e6,
    answered: done.answered,
    sent: (done.sent * done.messageBytes) / 1e6,
  };
}

interface Attackers extends AsyncDisposable {
  readonly pid: number;
  begin(): void;
  done(): Promise<Done>;
}

async function connectAttackers(attack: Attack): Promise<Attackers> {
  const child = fork(attackersFile, [JSON.stringify(attack)]);
  const exited = once(child, 'exit');
  const { pid = 0 } = child;
  // They aren't on the bridge's machine.
  setPriority(pid, getPriority() + 5);
  const failed = exited.then(() => {
    throw new Error(`the attackers of "${attack.shape}" ended before they were connected`);
  });
  failed.catch(() => undefined);
  await Promise.race([once(child, 'message'), failed]);
  return {
    pid,
    begin: () => void child.send('begin'),
    async done() {
      child.send('done?');
      return ((await once(child, 'message')) as [Done])[0];
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** What the first broker keeps of the bridge's topics. */
function keptBytes(runDirectory: string): number {
  const data = join(runDirectory, 'broker-1/data');
  const names = [...Object.values(bridgeTopics), 'netbackup.dead-letters'].map((name) =>
    name.replaceAll('.', String.raw`\.`),
  );
  const isKept = new RegExp(String.raw`^(${names.join('|')})-\d+$`);
  const files = readdirSync(data)
    .filter((folder) => isKept.test(folder))
    .flatMap((folder) => readdirSync(join(data, folder)).map((file) => join(data, folder, file)));
  return files.filter((file) => file.endsWith('.log')).reduce((sum, file) => sum + statSync(file).size, 0);
}
