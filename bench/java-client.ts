/** Kafka's own client in Java, to measure the broker without the bridge, and to read back what the bridge wrote. */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fetchJavaTools } from '../tools/conformance/fetch.ts';
import { fetchPrograms, type OnProgress } from '../tools/dev-stack/fetch.ts';
import { run } from '../tools/dev-stack/processes.ts';

/** One process, which does one thing at a time. */
export interface JavaClient extends AsyncDisposable {
  readonly pid: number;
  /**
   * Has a command of java/BenchClient.java done. @returns what it tells, as the command has it
   * @param boundMs past it the process is killed. @throws when it doesn't answer; why is on stderr
   */
  ask(command: readonly (string | number)[], boundMs: number): Promise<unknown>;
}

const sources = join(import.meta.dirname, 'java');
const compileBoundMs = 60_000;

/** Compiles it and starts it. @param directory where the classes go */
export async function startJavaClient(
  bootstrapServers: readonly string[],
  directory: string,
  onProgress: OnProgress,
): Promise<JavaClient> {
  const { java, kafkaJars } = await fetchPrograms(onProgress);
  const jars = (await readdir(kafkaJars)).map((jar) => join(kafkaJars, jar));
  await compile(jars, directory, onProgress);
  const classPath = [directory, ...jars].join(delimiter);
  const args = ['-Xms512m', '-Xmx1g', '-XX:+UseSerialGC', '-cp', classPath, 'BenchClient'];
  // It ends with its stdin, and so with this process.
  const client = spawn(java, [...args, bootstrapServers.join(',')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const answers = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  return {
    pid: client.pid ?? NaN,
    async ask(command, boundMs) {
      client.stdin.write(`${command.join(' ')}\n`);
      const bound = setTimeout(() => client.kill('SIGKILL'), boundMs);
      const answer = await answers.next();
      clearTimeout(bound);
      if (answer.done === true) throw new Error(`the Java client ended at its command ${command[0]}`);
      return JSON.parse(answer.value) as unknown;
    },
    async [Symbol.asyncDispose]() {
      client.kill('SIGKILL');
      await ended;
    },
  };
}

async function compile(jars: readonly string[], into: string, onProgress: OnProgress): Promise<void> {
  const { java, compilerJar } = await fetchJavaTools(onProgress);
  const files = await readdir(sources);
  const compiler = [java, '-jar', compilerJar, '-source', '17', '-target', '17', '-proc:none'] as const;
  const places = ['-cp', jars.join(delimiter), '-d', into];
  const paths = files.map((file) => join(sources, file));
  await run('compiling bench/java', [...compiler, ...places, ...paths], compileBoundMs);
}
