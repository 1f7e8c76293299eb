/** The bridge as a process of its own, as an operator runs it: for the demo, the benchmark and the tests. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { createTestPki, type TestPki } from './certificates.ts';
import { type Command, type OwnedProcess, ownProcesses, untilReady } from './dev-stack/processes.ts';

export interface BridgeOptions {
  readonly bootstrapServers: readonly string[];
  readonly registryUrl: string;
  /** Where its files go: configuration, certificate, tokens, log. */
  readonly directory: string;
  /** The primaries' names; each gets a token of its own. Default: primary1. */
  readonly primaries?: readonly string[];
  /** Settings over the defaults of this helper: free ports on 127.0.0.1, no drain delay. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Another bridge whose certificate and tokens it takes over: a replica of it, or its successor. */
  readonly like?: Pick<BridgeProcess, 'pki' | 'tokens'>;
  /** By which it is started in place of this helper's own: what it is followed by are the arguments of `serve`. */
  readonly program?: Command;
  /** False: don't wait until it is ready (it then has no ports yet). */
  readonly waitUntilReady?: boolean;
  /** Over this process's environment. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface BridgeProcess extends AsyncDisposable {
  readonly process: OwnedProcess;
  readonly url: string;
  readonly adminUrl: string;
  readonly pki: TestPki;
  readonly configFile: string;
  /** By primary. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Its log so far, a parsed line each. */
  log(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Sends the signal, and waits for the end: "exit code 0". */
  stop(signal?: NodeJS.Signals): Promise<string>;
}

export const mainFile = fileURLToPath(new URL('../src/main.ts', import.meta.url));

const program: Command = [
  process.execPath,
  '--disable-sigusr1',
  '--disable-warning=TimeoutNegativeWarning',
  '--max-semi-space-size=16',
  mainFile,
];

/** How long a start may take, Kafka and the registry being there. */
const readyTimeoutMs = 30_000;
/** Above the drain's own bounds. */
const stopTimeoutMs = 60_000;

/** Starts `nbwss-bridge serve`. Disposal kills it; `stop()` drains it. */
export async function startBridge(options: BridgeOptions): Promise<BridgeProcess> {
  const { directory, primaries = ['primary1'], settings = {}, like, waitUntilReady = true } = options;
  const tokenDirectory = join(directory, 'tokens');
  await mkdir(tokenDirectory, { recursive: true });
  const pki = like?.pki ?? (await createTestPki());
  const files = await pki.writeTo(join(directory, 'tls'));
  const tokens =
    like?.tokens ??
    Object.fromEntries(primaries.map((primary) => [primary, randomBytes(32).toString('base64url')]));
  for (const [primary, token] of Object.entries(tokens))
    await writeFile(join(tokenDirectory, primary), `${token}\n`, { mode: 0o600 });

  const defaults: NonNullable<BridgeOptions['settings']> = {
    listen: { host: '127.0.0.1', port: 0, tls: { certFile: files.cert, keyFile: files.key } },
    credentials: { tokenDirectory },
    kafka: { brokers: options.bootstrapServers },
    registry: { url: options.registryUrl },
    admin: { port: 0 },
    drain: { delayMs: 0 },
  };
  const groups = new Set([...Object.keys(defaults), ...Object.keys(settings)]);
  const config = Object.fromEntries(
    [...groups].map((group) => [group, { ...defaults[group], ...settings[group] }]),
  );
  const configFile = join(directory, 'nbwss-bridge.yaml');
  await writeFile(configFile, stringify(config));

  await using starting = new AsyncDisposableStack();
  const processes = starting.use(ownProcesses());
  const bridge = await processes.start(
    'the bridge',
    [...(options.program ?? program), 'serve', '--config', configFile],
    join(directory, 'bridge.log'),
    { ...withoutSettings(), ...options.environment },
  );
  const ports = waitUntilReady ? await portsOf(bridge) : { listen: 0, admin: 0 };
  const running = starting.move();
  return {
    process: bridge,
    url: `wss://127.0.0.1:${ports.listen}/nbwss`,
    adminUrl: `http://127.0.0.1:${ports.admin}`,
    pki,
    configFile,
    tokens,
    log: () => readLog(bridge),
    async stop(signal = 'SIGTERM') {
      bridge.signal(signal);
      const late = delay(stopTimeoutMs, `still running ${stopTimeoutMs / 1000} s after ${signal}`, {
        ref: false,
      });
      return await Promise.race([bridge.ended, late]);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** This process's environment without what the bridge would take for its settings: the file that it is given has them all. */
function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NBWSS_')));
}

/** The ports that the bridge bound, from its line "ready". */
async function portsOf(bridge: OwnedProcess): Promise<{ listen: number; admin: number }> {
  let ready: Readonly<Record<string, unknown>> | undefined;
  await untilReady(bridge, readyTimeoutMs, async () => {
    ready = (await readLog(bridge)).find((line) => line['event.action'] === 'bridge-ready');
    return ready !== undefined;
  });
  return { listen: Number(ready?.['nbwss.listen']), admin: Number(ready?.['nbwss.admin']) };
}

async function readLog(bridge: OwnedProcess): Promise<Readonly<Record<string, unknown>>[]> {
  const lines = (await readFile(bridge.logFile, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}
