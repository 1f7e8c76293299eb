/** What the machine has to have, said before anything is fetched or started. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { BridgeError, ExitCode } from '../../src/errors.ts';

/** Kafka runs on this Java, the registry needs the newer one. */
const KAFKA_JAVA = 17;
const REGISTRY_JAVA = 21;

interface Machine {
  /** The Java to run Kafka with. */
  readonly java: string;
  /** False when the registry needs a newer Java than the machine's. */
  readonly javaRunsRegistry: boolean;
}

interface PrerequisiteOptions {
  /** Maven artefacts are still to be fetched. */
  readonly fetchesJars: boolean;
  /** The registry's own Java is already in the cache. */
  readonly hasRegistryJava: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: string;
}

/**
 * Looks at the machine. @throws BridgeError (exit 69) that names everything that is missing and how to install it.
 */
export async function checkPrerequisites(options: PrerequisiteOptions): Promise<Machine> {
  const {
    fetchesJars,
    hasRegistryJava,
    env = process.env,
    platform = `${process.platform}-${process.arch}`,
  } = options;
  const java = env['JAVA_HOME'] === undefined ? 'java' : join(env['JAVA_HOME'], 'bin', 'java');
  const version = await javaVersion(java, env);
  // Only on this platform a second Java is fetched; elsewhere the machine's has to do for both.
  const canFetchJava = platform === 'linux-x64';
  const needed = canFetchJava ? KAFKA_JAVA : REGISTRY_JAVA;
  const missing: string[] = [];
  if (version === undefined || version < needed) {
    const found = version === undefined ? `no Java at '${java}'` : `'${java}' is Java ${version}`;
    missing.push(
      `Java ${needed} or newer (${found}): apt-get install openjdk-${needed}-jre-headless, or any JRE or JDK`,
    );
  }
  if (fetchesJars && !(await onPath('mvn', env))) {
    missing.push(
      'Maven, to fetch Kafka and the registry once: apt-get install maven, or Apache Maven 3.6.3 or newer',
    );
  }
  const javaRunsRegistry = version !== undefined && version >= REGISTRY_JAVA;
  if (!javaRunsRegistry && canFetchJava && !hasRegistryJava && !(await hasPip(env))) {
    missing.push(
      `Python 3 with pip, to fetch the Java ${REGISTRY_JAVA} or newer that the registry needs: apt-get install python3-pip, ` +
        'or install such a Java instead',
    );
  }
  if (missing.length === 0) return { java, javaRunsRegistry };
  throw new BridgeError(
    `the development stack lacks ${missing.length} thing(s) on this machine (${platform}):\n` +
      missing.map((line) => `  - ${line}`).join('\n') +
      '\nThe apt-get commands are for Debian and Ubuntu. Where Docker is, compose.yaml needs none of this.',
    { code: 'dev-stack-prerequisites', exitCode: ExitCode.unavailable },
  );
}

/**
 * Looks for the Python of the tests' reader, and its pip. @returns what tells it from other versions: "cpython-311"
 * @throws BridgeError (exit 69)
 */
export async function checkPython(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const tag = await outputOf('python3', ['-c', 'import sys; print(sys.implementation.cache_tag)'], env);
  if (tag !== undefined && (await hasPip(env))) return tag.trim();
  throw new BridgeError(
    'the tests read topics back with Python 3, which is not here or has no pip: apt-get install python3-pip',
    { code: 'dev-stack-prerequisites', exitCode: ExitCode.unavailable },
  );
}

/** The feature version (17 of "17.0.15"; 1 of "1.8.0_312"), or undefined where there is no Java. */
async function javaVersion(java: string, env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const output = await outputOf(java, ['-version'], env);
  const version = output?.match(/version "(\d+)/)?.[1];
  return version === undefined ? undefined : Number(version);
}

async function hasPip(env: NodeJS.ProcessEnv): Promise<boolean> {
  return (await outputOf('python3', ['-m', 'pip', '--version'], env)) !== undefined;
}

/** What the program prints, or undefined when it isn't there or fails. */
async function outputOf(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { env, timeout: 20_000 });
    return stdout + stderr;
  } catch {
    return undefined;
  }
}

/** Looked up and not run: starting Maven costs half a second. */
async function onPath(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const folders = (env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => access(join(folder, program), constants.X_OK));
  return Promise.any(found).then(
    () => true,
    () => false,
  );
}
