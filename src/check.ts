/** Whether the bridge could work with what its configuration names outside of it (`check-config --connect`). */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { checkRegistry } from './check-registry.ts';
import { checkTracing } from './check-tracing.ts';
import type { Config } from './config/schema.ts';
import { readCredentials, readHeaderFiles } from './encode/registry-headers.ts';
import { ExitCode, reasonOf } from './errors.ts';
import { checkKafka } from './kafka/check.ts';
import { readSecret, SecretFileError } from './outbound/secret-file.ts';
import { readToken } from './outbound/token-file.ts';
import { recordTopics } from './record-topics.ts';
import { expiry, readTlsFiles, type TlsFiles } from './outbound/tls.ts';
import type { Verdict } from './verdict.ts';

type Settings = Pick<Config, 'kafka' | 'registry' | 'schemas' | 'tracing'>;

/** Above what the settings' own bounds add up to with one broker that hangs. In ms. */
const boundMs = 60_000;

/** Asks Kafka and the registry, as the bridge would, reaches for the collector of traces, and writes nothing. Never rejects; ends within a minute. */
export async function checkConnections(config: Settings, log: Logger): Promise<Verdict[]> {
  const stop = new AbortController();
  const late = delay(boundMs, undefined, { signal: stop.signal }).then(
    (): Verdict[] => [
      {
        what: 'kafka',
        state: 'failed',
        text: `the check took more than ${boundMs / 1000} s: something hangs that answered before`,
        exitCode: ExitCode.unavailable,
      },
    ],
    () => [],
  );
  const files = checkSecretFiles(config);
  // What can't be read can't be tried, and was said.
  const isReadable = (group: string) => !files.some(({ what }) => what.startsWith(group));
  const { kafka } = config;
  const { topics } = kafka;
  const asked = Promise.all([
    isReadable('kafka')
      ? checkKafka({ ...kafka, topics: recordTopics(topics), deadLetters: topics.deadLetters }, log)
      : [],
    isReadable('registry') ? checkRegistry(config) : [],
    checkTracing(config.tracing.endpoint),
  ]);
  const verdicts = await Promise.race([asked.then((all) => all.flat()), late]);
  stop.abort();
  return [...files, ...plaintextWarnings(config), ...verdicts];
}

/** The files with secrets and certificates for Kafka and the registry; asks nobody. */
export function checkSecretFiles({ kafka, registry }: Pick<Settings, 'kafka' | 'registry'>): Verdict[] {
  const { sasl, tls } = kafka;
  const files = (setting: string, given: Omit<TlsFiles, 'setting'>): TlsFiles => ({ ...given, setting });
  const { oauth } = registry.auth;
  const tlsFiles = [
    files('kafka.tls', tls),
    files('kafka.sasl.oauth', { caFile: sasl.oauth.caFile }),
    files('registry.tls', registry.tls),
    files('registry.auth.oauth', { caFile: oauth.caFile }),
  ];
  const secrets = [
    ['kafka.sasl.passwordFile', sasl.passwordFile, readSecret],
    ['kafka.sasl.oauth.clientSecretFile', sasl.oauth.clientSecretFile, readSecret],
    ['kafka.sasl.oauth.clientAssertionFile', sasl.oauth.clientAssertionFile, readSecret],
    ['kafka.sasl.oauth.tokenFile', sasl.oauth.tokenFile, readToken],
    ['registry.auth.oauth.clientSecretFile', oauth.clientSecretFile, readSecret],
    ['registry.auth.oauth.clientAssertionFile', oauth.clientAssertionFile, readSecret],
  ] as const;
  return [
    ...tlsFiles.flatMap((each) => attempt(each.setting, () => void readTlsFiles(each))),
    ...tlsFiles.flatMap((each) => {
      const text = expiry(each);
      return text === null ? [] : [failed(`${each.setting}.certFile`, text)];
    }),
    ...secrets.flatMap(([setting, file, read]) =>
      file === undefined ? [] : attempt(setting, () => void read(setting, file)),
    ),
    ...attempt('registry.auth', () => void readCredentials(registry.auth)),
    ...Object.entries(registry.headerFiles).flatMap(([name, file]) =>
      attempt('registry.headerFiles', () => void readHeaderFiles({ [name]: file })),
    ),
  ];
}

function plaintextWarnings({ kafka, registry }: Pick<Settings, 'kafka' | 'registry'>): Verdict[] {
  const { sasl, tls } = kafka;
  const warnings: Verdict[] = [];
  if (sasl.mechanism !== 'none' && !tls.enabled) {
    const what = sasl.mechanism.startsWith('scram')
      ? 'the records can be read and changed on the way, and nobody shows to be the broker'
      : 'the password or token can be read on the way';
    warnings.push({ what: 'kafka.tls.enabled', state: 'warning', text: `without TLS ${what}` });
  }
  const isSecretSent = registry.auth.type !== 'none' || Object.keys(registry.headerFiles).length > 0;
  const urls = [registry.url, ...registry.fallbackUrls];
  if (isSecretSent && urls.some((url) => url.startsWith('http:'))) {
    const text = 'without https:// the password, token or secret header can be read on the way';
    warnings.push({ what: 'registry.url', state: 'warning', text });
  }
  return warnings;
}

function attempt(what: string, read: () => void): Verdict[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof SecretFileError) return [failed(error.setting, error.problem)];
    return [failed(what, reasonOf(error))];
  }
}

function failed(what: string, text: string): Verdict {
  return { what, state: 'failed', text };
}
