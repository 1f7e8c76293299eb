/** Whether the bridge could work with what its configuration names outside of it (`check-config --connect`). */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { checkRegistry } from './check-registry.ts';
import { checkTracing } from './check-tracing.ts';
import type { Config } from './config/schema.ts';
import { authorization } from './encode/registry-call.ts';
import { ExitCode, reasonOf } from './errors.ts';
import { checkKafka } from './kafka/check.ts';
import { readSecret, SecretFileError } from './outbound/secret-file.ts';
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
  const tlsFiles = [
    files('kafka.tls', tls),
    files('kafka.sasl.oauth', { caFile: sasl.oauth.caFile }),
    files('registry.tls', registry.tls),
  ];
  const secrets = [
    ['kafka.sasl.passwordFile', sasl.passwordFile],
    ['kafka.sasl.oauth.clientSecretFile', sasl.oauth.clientSecretFile],
  ] as const;
  return [
    ...tlsFiles.flatMap((each) => attempt(each.setting, () => void readTlsFiles(each))),
    ...tlsFiles.flatMap((each) => {
      const text = expiry(each);
      return text === null ? [] : [failed(`${each.setting}.certFile`, text)];
    }),
    ...secrets.flatMap(([setting, file]) =>
      file === undefined ? [] : attempt(setting, () => void readSecret(setting, file)),
    ),
    ...attempt('registry.auth', () => void authorization(registry.auth)),
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
  if (registry.auth.type !== 'none' && registry.url.startsWith('http:')) {
    const text = 'without https:// the password or token can be read on the way';
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
