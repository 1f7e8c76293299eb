/** A configuration with its files, as an operator would have it, for commands that are to accept or refuse it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { createTestPki, type TestPki } from '../../tools/certificates.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { freshTopics, type Settings, type TopicNames } from './bridge.ts';

/** Of primary1. */
export const token = 'a-token-that-nobody-guesses';

export interface ConfigFile {
  readonly file: string;
  /** Holds tls/tls.crt, tls/tls.key, tls/ca.crt and tokens/primary1. */
  readonly directory: string;
  readonly pki: TestPki;
  readonly topics: TopicNames;
}

/** Writes a configuration that is right but for `settings`, which replace its groups' keys. It goes with the test. */
export async function writeConfigFile(settings: Settings = {}): Promise<ConfigFile> {
  const directory = await temporaryDirectory(join(tmpdir(), 'nbwss-config-'));
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const pki = await createTestPki();
  const { cert, key } = await pki.writeTo(join(directory.path, 'tls'));
  const tokenDirectory = join(directory.path, 'tokens');
  await mkdir(tokenDirectory);
  await writeFile(join(tokenDirectory, 'primary1'), `${token}\n`);
  const topics = freshTopics();
  const groups: Settings = {
    listen: { host: '127.0.0.1', port: 0, tls: { certFile: cert, keyFile: key } },
    credentials: { tokenDirectory },
    kafka: { brokers: inject('bootstrapServers'), topics },
    registry: { url: inject('registryUrl') },
    admin: { port: 0 },
  };
  const names = new Set([...Object.keys(groups), ...Object.keys(settings)]);
  const config = Object.fromEntries([...names].map((name) => [name, { ...groups[name], ...settings[name] }]));
  const file = join(directory.path, 'nbwss-bridge.yaml');
  await writeFile(file, stringify(config));
  return { file, directory: directory.path, pki, topics };
}
