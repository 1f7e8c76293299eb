import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigSources, loadValid, loadValidMap } from '../config/load.ts';
import { collectProblems } from '../files.ts';
import { pemText } from '../pem.ts';
import { type Credentials, loadCredentials } from '../session/credentials.ts';
import { judgeCertificate, judgeClientCa } from '../session/judge-certificate.ts';
import { isProbe } from '../session/probe.ts';
import { plainTokensOf } from '../session/token-directory.ts';
import { type ListenerCertificate, loadCertificate } from '../session/tls.ts';
import type { Verdict } from '../verdict.ts';
import { judgeModes, type SecretFile } from './file-modes.ts';

/** The files that the settings name; null where they can't be used. */
export interface CheckedFiles {
  readonly certificate: ListenerCertificate | null;
  readonly credentials: Credentials | null;
  readonly verdicts: readonly Verdict[];
}

/** Settings that name a file with a secret. */
const secretSettings = [
  'listen.tls.keyFile',
  'kafka.tls.keyFile',
  'kafka.sasl.passwordFile',
  'kafka.sasl.oauth.clientSecretFile',
  'kafka.sasl.oauth.clientAssertionFile',
  'kafka.sasl.oauth.tokenFile',
  'registry.tls.keyFile',
  'registry.auth.passwordFile',
  'registry.auth.tokenFile',
  'registry.auth.oauth.clientSecretFile',
  'registry.auth.oauth.clientAssertionFile',
] as const;

/**
 * Reads the files whose settings are valid, whatever is wrong with others.
 * @param hostNames under which NetBackup connects
 */
export function checkFiles(sources: ConfigSources, hostNames: readonly string[]): CheckedFiles {
  const found = loadValid(sources, [
    'listen.tls.certFile',
    'listen.tls.clientCaFile',
    'credentials.tokenDirectory',
    ...secretSettings,
  ]);
  const {
    'listen.tls.certFile': certFile,
    'listen.tls.keyFile': keyFile,
    'listen.tls.clientCaFile': clientCaFile,
    'credentials.tokenDirectory': tokenDirectory,
  } = found;
  const now = Date.now();
  const problems: string[] = [];
  const certificate =
    certFile === undefined || keyFile === undefined
      ? null
      : collectProblems(problems, () => loadCertificate(certFile, keyFile, clientCaFile));
  const credentials =
    tokenDirectory === undefined ? null : collectProblems(problems, () => loadCredentials(tokenDirectory));
  const secrets = secretSettings.flatMap((setting): SecretFile[] => {
    const { [setting]: file } = found;
    return file === undefined ? [] : [{ setting, file }];
  });
  const headers = Object.entries(loadValidMap(sources, 'registry.headerFiles')).map(([name, file]) => ({
    setting: `registry.headerFiles.${name}`,
    file,
  }));
  const tokenFiles = tokenDirectory === undefined ? [] : plainTokenFiles(tokenDirectory, credentials);
  return {
    certificate,
    credentials,
    verdicts: [
      ...problems.map(verdictOf),
      ...judge(certFile, (pem) => judgeCertificate(pem, hostNames, now)),
      ...judge(clientCaFile, (pem) => judgeClientCa(pem, now)),
      ...(credentials === null ? [] : [judgeTokens(credentials)]),
      ...tokenFiles.flatMap(({ tokens, file }) => judgeStrength(tokens, file)),
      ...judgeModes([...secrets, ...headers, ...tokenFiles]),
    ],
  };
}

/** A ConfigError's problem begins with the setting's path. */
function verdictOf(problem: string): Verdict {
  const [what = ''] = problem.split(': ', 1);
  return { what, state: 'failed', text: problem.slice(what.length + 2) };
}

/** Also where the key is missing, or another's. What can't be read was said with the problems. */
function judge(file: string | undefined, verdictsOn: (pem: string) => Verdict[]): Verdict[] {
  if (file === undefined) return [];
  try {
    return verdictsOn(pemText(readFileSync(file)));
  } catch {
    return [];
  }
}

function judgeTokens({ primaries, identities }: Credentials): Verdict {
  const named = primaries.map((name) => {
    const tokens = identities.filter(({ primary }) => primary === name).length;
    return tokens === 1 ? name : `${name} (${tokens} tokens)`;
  });
  const probe = identities.some(({ primary }) => isProbe(primary)) ? 'one' : 'none';
  const text = `primaries with a token: ${named.join(', ')}; the probe has ${probe}`;
  return { what: 'credentials.tokenDirectory', state: 'ok', text };
}

interface TokenFile extends SecretFile {
  /** Those that stand there as themselves. */
  readonly tokens: readonly string[];
}

/** The files with tokens that are there as themselves: of a hash nobody can make the token. */
function plainTokenFiles(directory: string, credentials: Credentials | null): TokenFile[] {
  const names = new Set(credentials?.identities.map(({ primary }) => primary));
  return [...names]
    .map((name) => ({
      setting: 'credentials.tokenDirectory',
      file: join(directory, name),
      tokens: plainTokensOf(directory, name),
    }))
    .filter(({ tokens }) => tokens.length > 0);
}

/** Fewer characters can be guessed, given time: whoever reaches the port may try. */
const fewestCharacters = 16;

/** Warnings, which hold no part of a token. */
function judgeStrength(tokens: readonly string[], file: string): Verdict[] {
  const isShort = tokens.some((token) => token.length < fewestCharacters);
  const isHashLike = tokens.some((token) => /^[0-9a-f]{64}$/i.test(token));
  const found = [
    isShort &&
      `${file} has a token of fewer than ${fewestCharacters} characters, which can be guessed: make one with \`nbwss-bridge token generate\``,
    isHashLike &&
      `${file} has 64 hexadecimal digits without \`sha256:\` before them, which are taken as the token itself: ` +
        'if they are the hash of one, write `sha256:` before them',
  ];
  return found
    .filter((text) => text !== false)
    .map((text) => ({ what: 'credentials.tokenDirectory', state: 'warning', text }));
}
