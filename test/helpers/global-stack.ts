/** Vitest's global set-up of the tests that need a broker: one stack for the whole run, its addresses by `inject`. */
import type { TestProject } from 'vitest/node';
import { startTestStack } from './stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    bootstrapServers: string[];
    registryUrl: string;
  }
}

/** Starts the stack; the function that it resolves to stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startTestStack((line) => void process.stderr.write(`${line}\n`));
  project.provide('bootstrapServers', stack.bootstrapServers);
  project.provide('registryUrl', stack.registryUrl);
  return async () => {
    await stack[Symbol.asyncDispose]();
  };
}
