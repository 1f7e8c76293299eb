/** Java's Avro and fastavro, a process each, which answer line by line. */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { UnavailableError } from '../../src/errors.ts';
import { fetchJavaLibraries, fetchJavaTools } from '../conformance/fetch.ts';
import { fetchReader, type OnProgress } from '../dev-stack/fetch.ts';
import type { Tree } from './tree.ts';

export interface Question {
  /** Schemas are JSON texts. */
  readonly writer: string;
  /** Default: the writer's. */
  readonly reader?: string;
  readonly values: readonly Buffer[];
}

export type Read = { readonly value: Tree } | { readonly error: string };

/** What Java says of two schemas, and random values that the writer wrote. */
export interface Comparison {
  /** COMPATIBLE, INCOMPATIBLE, or the exception. */
  readonly verdict: string;
  readonly values: readonly Buffer[];
}

export interface Reader extends Disposable {
  /** @returns for each value what it is, or why it can't be read */
  read(question: Question): Promise<Read[]>;
}

export interface JavaReader extends Reader {
  /** @param count of values */
  compare(reader: string, writer: string, count: number, seed: number): Promise<Comparison>;
}

/** For one answer, in ms: a busy machine starts Java in 3 s. */
const answerBoundMs = 60_000;
const compileBoundMs = 60_000;

/** @throws BridgeError (exit 69) for what is missing on the machine or can't be fetched */
export async function startFastavro(onProgress: OnProgress): Promise<Reader> {
  const packages = await fetchReader(onProgress);
  const env = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' };
  const { ask, end } = start('fastavro', 'python3', [join(import.meta.dirname, 'avro_judge.py')], env);
  return { read: (question) => readBy(ask, question), [Symbol.dispose]: end };
}

/** @param directory for the compiled class. @throws as startFastavro */
export async function startJava(directory: string, onProgress: OnProgress): Promise<JavaReader> {
  const { java, compilerJar } = await fetchJavaTools(onProgress);
  const jars = await fetchJavaLibraries(onProgress);
  const source = join(import.meta.dirname, 'AvroJudge.java');
  const compile = ['-jar', compilerJar, '-17', '-proc:none', '-cp', jars.join(':'), '-d', directory, source];
  await promisify(execFile)(java, compile, { timeout: compileBoundMs });
  const options = ['-Xmx512m', '-cp', [directory, ...jars].join(':'), 'AvroJudge'];
  const { ask, end } = start("Java's Avro", java, options, process.env);
  return {
    read: (question) => readBy(ask, question),
    async compare(reader, writer, count, seed) {
      const answer = await ask({ reader, writer, count, seed });
      if ('error' in answer) return { verdict: String(answer['error']), values: [] };
      const { verdict, values } = answer as { verdict: string; values: string[] };
      return { verdict, values: values.map((value) => Buffer.from(value, 'base64')) };
    },
    [Symbol.dispose]: end,
  };
}

type Answer = Readonly<Record<string, unknown>>;
type Ask = (question: unknown) => Promise<Answer>;

async function readBy(ask: Ask, { values, ...schemas }: Question): Promise<Read[]> {
  const answer = await ask({ ...schemas, values: values.map((value) => value.toString('base64')) });
  if ('reads' in answer) return answer['reads'] as Read[];
  return values.map(() => ({ error: String(answer['error']) }));
}

function start(
  name: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { ask: Ask; end(): void } {
  // It ends with its stdin: with this process, too.
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = [];
  let ended: UnavailableError | undefined;
  const fail = (why: string) => {
    ended ??= new UnavailableError(`${name} ${why}`, 'differential');
    for (const each of waiting.splice(0)) each.reject(ended);
  };
  child.once('error', (error) => fail(`doesn't start: ${error.message}`));
  child.once('close', (code) => fail(`ended with ${code}`));
  child.stdin.on('error', (error) => fail(`takes no more: ${error.message}`));
  createInterface({ input: child.stdout }).on('line', (line) =>
    waiting.shift()?.resolve(JSON.parse(line) as Answer),
  );
  return {
    async ask(question) {
      if (ended !== undefined) throw ended;
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const bound = setTimeout(() => fail(`didn't answer within ${answerBoundMs / 1000} s`), answerBoundMs);
      try {
        return await promise;
      } finally {
        clearTimeout(bound);
      }
    },
    end() {
      ended ??= new UnavailableError(`${name} is no longer asked`, 'differential');
      child.stdin.end();
    },
  };
}
