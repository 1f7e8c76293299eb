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
import { kafkaAt, registryAt } from './where-asked.ts';

type Settings = Pick<Config, 'kafka' | 'registry' | 'schemas' | 'tracing'>;

/** For all that is asked, in ms. */
const defaultTimeoutMs = 30_000;

export interface ConnectionCheckOptions {
  /** Past it what has given no answer is told as a failure; default 30 s. */
  readonly timeoutMs?: number;
  /** Called with each verdict as soon as it is known: those on Kafka in their order, and between them those on others. */
  readonly onVerdict?: (verdict: Verdict) => void;
  /** Told what is waited for from now on, in words; null: nothing. */
  readonly onWaiting?: (what: string | null) => void;
}

/** Asks Kafka and the registry, as the bridge would, reaches for the collector of traces, and writes nothing. Never rejects; ends within the bound. */
export async function checkConnections(
  config: Settings,
  log: Logger,
  options: ConnectionCheckOptions = {},
): Promise<Verdict[]> {
  const { timeoutMs = defaultTimeoutMs, onVerdict = () => {}, onWaiting = () => {} } = options;
  const first = [...checkSecretFiles(config), ...plaintextWarnings(config)];
  first.forEach(onVerdict);
  const over = new AbortController();
  // What comes later is told to nobody.
  const onTime = (verdict: Verdict) => over.signal.aborted || onVerdict(verdict);
  const questions = questionsFor(config, log, first).map((question) => begin(question, onTime));
  const open = () => questions.filter(({ isOpen }) => isOpen());
  const tellOpen = () =>
    onWaiting(
      open()
        .map(({ where }) => where)
        .join(', ') || null,
    );
  tellOpen();
  const late = delay(timeoutMs, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([Promise.all(questions.map(({ ended }) => ended.then(tellOpen))), late]);
  for (const question of open()) question.tell(unanswered(question, timeoutMs));
  over.abort();
  onWaiting(null);
  return [...first, ...questions.flatMap(({ found }) => [...found])];
}

/** One that is asked, and what it is for the bridge. */
interface Question {
  readonly what: string;
  readonly where: string;
  /** How bad it is that it doesn't answer. */
  readonly untold: 'failed' | 'warning';
  readonly ask: (onVerdict: (verdict: Verdict) => void) => Promise<unknown>;
}

function questionsFor(config: Settings, log: Logger, files: readonly Verdict[]): Question[] {
  // What can't be read can't be tried, and was said.
  const isReadable = (group: string) =>
    !files.some(({ what, state }) => state === 'failed' && what.startsWith(group));
  const { kafka, registry, tracing } = config;
  const { topics } = kafka;
  const kafkaOptions = { ...kafka, topics: recordTopics(topics), deadLetters: topics.deadLetters };
  const atOnce =
    (verdicts: () => Promise<readonly Verdict[]>): Question['ask'] =>
    async (onVerdict) =>
      (await verdicts()).forEach(onVerdict);
  return [
    isReadable('kafka') && {
      what: 'kafka.brokers',
      where: kafkaAt(kafka),
      untold: 'failed' as const,
      ask: (onVerdict: (verdict: Verdict) => void) => checkKafka(kafkaOptions, log, onVerdict),
    },
    isReadable('registry') && {
      what: 'registry.url',
      where: registryAt(registry),
      untold: 'failed' as const,
      ask: atOnce(() => checkRegistry(config)),
    },
    tracing.endpoint !== undefined && {
      what: 'tracing.endpoint',
      where: `the collector of traces at ${tracing.endpoint} (tracing.endpoint)`,
      untold: 'warning' as const,
      ask: atOnce(() => checkTracing(tracing.endpoint)),
    },
  ].filter((question) => question !== false);
}

interface Begun extends Question {
  readonly found: readonly Verdict[];
  readonly ended: Promise<void>;
  readonly isOpen: () => boolean;
  readonly tell: (verdict: Verdict) => void;
}

function begin(question: Question, onVerdict: (verdict: Verdict) => void): Begun {
  const found: Verdict[] = [];
  let isOpen = true;
  const tell = (verdict: Verdict) => {
    found.push(verdict);
    onVerdict(verdict);
  };
  const ended = question.ask(tell).then(() => {
    isOpen = false;
  });
  return { ...question, found, ended, isOpen: () => isOpen, tell };
}

function unanswered({ what, where, untold }: Begun, timeoutMs: number): Verdict {
  const text = `gave up after ${timeoutMs / 1000} s (--timeout): no answer, or not all of them, from ${where}`;
  return untold === 'failed'
    ? { what, state: untold, text, exitCode: ExitCode.unavailable }
    : { what, state: untold, text };
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
