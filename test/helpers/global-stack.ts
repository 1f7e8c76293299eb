/** Vitest's global set-up of the tests that need a broker: one stack for the whole run, its addresses by `inject`. */
import type { TestProject } from 'vitest/node';
import { fetchReader } from '../../tools/dev-stack/fetch.ts';
import { startTestStack } from './stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    bootstrapServers: string[];
    registryUrl: string;
    /** Where the Python packages of the independent reader are. */
    readerPackages: string;
  }
}

const progress = (line: string) => void process.stderr.write(`${line}\n`);

/** Starts the stack; the function that it resolves to stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('readerPackages', await fetchReader(progress));
  const stack = await startTestStack(progress);
  project.provide('bootstrapServers', stack.bootstrapServers);
  project.provide('registryUrl', stack.registryUrl);
  return async () => {
    await stack[Symbol.asyncDispose]();
  };
}
