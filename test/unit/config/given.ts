/** What the tests of the configuration share: the least that is accepted, a file on disk, and the problems of a load. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigSources, loadConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/errors.ts';

/** Every required setting, by its path. */
export const required: Readonly<Record<string, string>> = {
  'listen.tls.certFile': 'tls.crt',
  'listen.tls.keyFile': 'tls.key',
  'credentials.tokenDirectory': 'tokens',
  'kafka.brokers': 'kafka:9092',
  'registry.url': 'http://registry:8081',
};

/** The same as the beginning of a YAML file. */
export const requiredYaml = `listen: { tls: { certFile: tls.crt, keyFile: tls.key } }
credentials: { tokenDirectory: tokens }
registry: { url: 'http://registry:8081' }
`;

/** A configuration file with this content, which is gone at the end of the test. */
export async function yamlFile(
  content: string | Uint8Array,
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'nbwss-config-'));
  const path = join(directory, 'bridge.yaml');
  await writeFile(path, content);
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

/** The problems with these sources; fails when they are accepted. */
export function problemsOf(sources: ConfigSources): readonly string[] {
  try {
    loadConfig(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
