/** Vitest's global set-up of the image's tests: Kafka and the registry as containers, once for all of them. */
import { networkInterfaces } from 'node:os';
import type { TestProject } from 'vitest/node';
import { UsageError } from '../../src/errors.ts';
import { fetchReader } from '../../tools/dev-stack/fetch.ts';
import { type Checkers, fetchCheckers } from '../../tools/image/checkers.ts';
import { type StackAddresses, startImageStack } from './stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The stack, as the containers on its network see it. */
    imageStack: StackAddresses & { readonly network: string; readonly kafkaId: string };
    checkers: Checkers;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Ports are published on every interface: here there has to be only one.
  if (
    process.env['DOCKER_HOST'] === undefined ||
    Object.keys(networkInterfaces()).some((name) => name !== 'lo')
  )
    throw new UsageError('the tests of the image need a network of their own: npm run test:image');
  project.provide('readerPackages', await fetchReader());
  project.provide('checkers', await fetchCheckers());
  const stack = await startImageStack();
  project.provide('bootstrapServers', stack.outside.bootstrapServers);
  project.provide('registryUrl', stack.outside.registryUrl);
  project.provide('imageStack', { ...stack.inside, network: stack.network, kafkaId: stack.kafkaId });
  return async () => {
    await stack[Symbol.asyncDispose]();
  };
}
