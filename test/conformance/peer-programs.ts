import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchJavaTools, fetchPythonClient } from '../../tools/conformance/fetch.ts';
import { run } from '../../tools/dev-stack/processes.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';

/** How to start a peer; the URL, the file of the CA and the version of TLS are its arguments. */
export interface PeerProgram extends AsyncDisposable {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
}

const compileBoundMs = 60_000;

/** JdkPeer.java, compiled into a folder that disposal removes. @throws as fetchJavaTools, or with what the compiler says */
export async function javaPeer(): Promise<PeerProgram> {
  const { java, compilerJar } = await fetchJavaTools();
  await using compiling = new AsyncDisposableStack();
  const { path } = compiling.use(await temporaryDirectory(join(tmpdir(), 'nbwss-java-')));
  const source = join(import.meta.dirname, 'JdkPeer.java');
  const compiler = [java, '-jar', compilerJar, '-source', '17', '-target', '17', '-proc:none'] as const;
  await run('compiling JdkPeer.java', [...compiler, '-d', path, source], compileBoundMs);
  const compiled = compiling.move();
  return {
    // It lives for a second: what makes long runs fast only slows its start.
    command: [java, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', path, 'JdkPeer'],
    env: {},
    [Symbol.asyncDispose]: () => compiled.disposeAsync(),
  };
}

/** websockets_peer.py with its package. @throws as fetchPythonClient */
export async function pythonPeer(): Promise<PeerProgram> {
  return {
    command: ['python3', join(import.meta.dirname, 'websockets_peer.py')],
    env: { PYTHONPATH: await fetchPythonClient() },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
