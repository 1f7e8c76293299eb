import type { Config } from './config/schema.ts';
import { ConfigError } from './errors.ts';
import { type Credentials, loadCredentials } from './session/credentials.ts';
import { type ListenerCertificate, loadCertificate } from './session/tls.ts';

/** What is read from files, as it is in use now: each is replaced as a whole when its files have changed. */
export interface Files {
  certificate: ListenerCertificate;
  credentials: Credentials;
}

type FileSettings = Pick<Config, 'listen' | 'credentials'>;

/**
 * Reads them before anything starts: what is wrong with them ends the process.
 * @throws ConfigError with every problem of the files that the settings name
 */
export function readFiles(config: FileSettings): Files {
  const problems: string[] = [];
  const certificate = collectProblems(problems, () => readCertificate(config));
  const credentials = collectProblems(problems, () => loadCredentials(config.credentials.tokenDirectory));
  if (certificate === null || credentials === null) throw new ConfigError(problems);
  return { certificate, credentials };
}

/** @throws as loadCertificate */
export function readCertificate({ listen }: Pick<Config, 'listen'>): ListenerCertificate {
  const { certFile, keyFile, clientCaFile } = listen.tls;
  return loadCertificate(certFile, keyFile, clientCaFile);
}

/** What `load` returns; null where it throws a ConfigError, whose problems join the others. */
export function collectProblems<T>(problems: string[], load: () => T): T | null {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}
