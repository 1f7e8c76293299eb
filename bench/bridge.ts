/** A bridge of any build, as a process of its own that the stall probe watches. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { TestPki } from '../tools/certificates.ts';
import { type OwnedProcess, ownProcesses, untilReady } from '../tools/dev-stack/processes.ts';
import type { Build } from './builds.ts';
import type { Endpoint } from './load.ts';
import { probeEnvironment, probeFile, type Probed } from './stalls.ts';

/** What all bridges of a run share. */
export interface BridgeSurroundings {
  readonly bootstrapServers: readonly string[];
  readonly registryUrl: string;
  readonly pki: TestPki;
  readonly token: string;
}

export interface BenchBridge extends Endpoint, Probed, AsyncDisposable {
  readonly pid: number;
}

const primary = 'primary1';
/** How long a start may take, Kafka and the registry being there. */
const readyTimeoutMs = 30_000;

/** Starts it with its default settings. Disposal kills it. @param directory where its files go */
export async function startBridge(
  build: Build,
  { pki, token, ...services }: BridgeSurroundings,
  directory: string,
): Promise<BenchBridge> {
  const configFile = await writeFiles(build, { pki, token, ...services }, directory);
  const probed = { probeSocket: join(directory, 'probe.sock') };
  const [node, ...flagsAndMain] = build.command;
  const command = [node, '--import', probeFile, ...flagsAndMain, 'serve', '--config', configFile] as const;
  await using starting = new AsyncDisposableStack();
  const bridge = await starting
    .use(ownProcesses())
    .start(`the bridge (${build.name})`, command, join(directory, 'bridge.log'), {
      ...withoutSettings(),
      ...probeEnvironment(probed),
    });
  const port = await portOf(bridge);
  const running = starting.move();
  return {
    ...probed,
    pid: bridge.pid,
    url: `wss://127.0.0.1:${port}/nbwss`,
    token,
    ca: pki.ca,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** @returns the configuration's path */
async function writeFiles(
  { settings }: Build,
  { bootstrapServers, registryUrl, pki, token }: BridgeSurroundings,
  directory: string,
): Promise<string> {
  const tokenDirectory = join(directory, 'tokens');
  await mkdir(tokenDirectory, { recursive: true });
  await writeFile(join(tokenDirectory, primary), `${token}\n`, { mode: 0o600 });
  const { cert, key } = await pki.writeTo(join(directory, 'tls'));
  const config = {
    listen: { host: '127.0.0.1', port: 0, tls: { certFile: cert, keyFile: key } },
    credentials: { tokenDirectory },
    kafka: { brokers: bootstrapServers },
    registry: { url: registryUrl },
    admin: { port: 0 },
    ...settings,
  };
  const configFile = join(directory, 'nbwss-bridge.yaml');
  await writeFile(configFile, stringify(config));
  return configFile;
}

/** This process's environment without what the bridge would take for its settings. */
function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NBWSS_')));
}

/** The port that it listens on, from its line "ready". */
async function portOf(bridge: OwnedProcess): Promise<number> {
  let port: number | undefined;
  await untilReady(bridge, readyTimeoutMs, async () => {
    const lines = (await readFile(bridge.logFile, 'utf8')).split('\n');
    const ready = lines.find((line) => line.includes('"bridge-ready"') && line.endsWith('}'));
    if (ready !== undefined)
      port = (JSON.parse(ready) as { readonly 'nbwss.listen': number })['nbwss.listen'];
    return port !== undefined;
  });
  return Number(port);
}
