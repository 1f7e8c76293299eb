import { readFileSync } from 'node:fs';
import { type ConfigSources, loadValid } from '../config/load.ts';
import { collectProblems } from '../files.ts';
import { type Credentials, loadCredentials } from '../session/credentials.ts';
import { judgeCertificate, judgeClientCa } from '../session/judge-certificate.ts';
import { type ListenerCertificate, loadCertificate } from '../session/tls.ts';
import type { Verdict } from '../verdict.ts';

/** The files that the settings name; null where they can't be used. */
export interface CheckedFiles {
  readonly certificate: ListenerCertificate | null;
  readonly credentials: Credentials | null;
  readonly verdicts: readonly Verdict[];
}

/**
 * Reads the files whose settings are valid, whatever is wrong with others.
 * @param hostNames under which NetBackup connects
 * @param problems gets what keeps the bridge from starting
 */
export function checkFiles(
  sources: ConfigSources,
  hostNames: readonly string[],
  problems: string[],
): CheckedFiles {
  const {
    'listen.tls.certFile': certFile,
    'listen.tls.keyFile': keyFile,
    'listen.tls.clientCaFile': clientCaFile,
    'credentials.tokenDirectory': tokenDirectory,
  } = loadValid(sources, [
    'listen.tls.certFile',
    'listen.tls.keyFile',
    'listen.tls.clientCaFile',
    'credentials.tokenDirectory',
  ]);
  const now = Date.now();
  return {
    certificate:
      certFile === undefined || keyFile === undefined
        ? null
        : collectProblems(problems, () => loadCertificate(certFile, keyFile, clientCaFile)),
    credentials:
      tokenDirectory === undefined ? null : collectProblems(problems, () => loadCredentials(tokenDirectory)),
    verdicts: [
      ...judge(certFile, (pem) => judgeCertificate(pem, hostNames, now)),
      ...judge(clientCaFile, (pem) => judgeClientCa(pem, now)),
    ],
  };
}

/** Also where the key is missing, or another's. What can't be read is no verdict but a problem, and told of as such. */
function judge(file: string | undefined, verdictsOn: (pem: string) => Verdict[]): Verdict[] {
  if (file === undefined) return [];
  try {
    return verdictsOn(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}
