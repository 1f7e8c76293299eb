import type { Config } from './config/schema.ts';
import { ConfigError } from './errors.ts';
import { type Credentials, loadCredentials } from './session/credentials.ts';
import { type ListenerCertificate, loadCertificate } from './session/tls.ts';

/** What is read from files before anything starts: what is wrong with it ends the process, with every problem. */
export interface Files {
  readonly certificate: ListenerCertificate;
  readonly credentials: Credentials;
}

/** @throws ConfigError with every problem of the files that the settings name */
export function readFiles(config: Pick<Config, 'listen' | 'credentials'>): Files {
  const { certFile, keyFile } = config.listen.tls;
  const problems: string[] = [];
  const certificate = collectProblems(problems, () => loadCertificate(certFile, keyFile));
  const credentials = collectProblems(problems, () => loadCredentials(config.credentials.tokenDirectory));
  if (certificate === null || credentials === null) throw new ConfigError(problems);
  return { certificate, credentials };
}

/** What `load` returns; null where it throws a ConfigError, whose problems join the others. */
function collectProblems<T>(problems: string[], load: () => T): T | null {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}
