/** The numbers in the alerts, by alert: each with what it stands for, and the outside number that it follows. */

/** Durations are a number and a unit, as Prometheus and Kubernetes write them. */
type Takes =
  /** A duration, which may be 0s. */
  | 'duration'
  /** A duration above 0: what a series is looked at for. */
  | 'window'
  /** A number from 0 on. */
  | 'number'
  /** A part of all, from 0 to 1. */
  | 'share'
  /** One of these numbers. */
  | readonly number[];

export interface Threshold {
  /** The default. */
  readonly value: string | number;
  readonly takes: Takes;
  readonly what: string;
  readonly why: string;
}

const threshold =
  (takes: Takes) =>
  <Value extends string | number>(value: Value, what: string, why: string) => ({ value, takes, what, why });

const duration = threshold('duration');
const window = threshold('window');
const number = threshold('number');
const share = threshold('share');

/** `for`: how long it has to be so. */
const lasting = (value: string, why: string) => duration(value, 'how long it has to be so', why);

/** Edges of nbwss_answer_duration_seconds: between them nobody knows how many answers there are. */
const edge = threshold([0.25, 0.5, 1, 2, 5, 10, 30, 60]);

export const thresholds = {
  NbwssBridgeDown: {
    memory: window('1d', 'how long a bridge that was scraped is missed', 'a day later it is gone on purpose'),
    for: lasting('2m', 'two scrapes of a minute; a pod is replaced in less'),
  },
  NbwssPrimaryDisconnected: {
    for: lasting('5m', 'NetBackup connects again after seconds, and fails over to the next of a group'),
  },
  NbwssPrimaryFlapping: {
    window: window('15m', 'in which ends of sessions are counted', 'long enough to see a pattern'),
    closes: number(
      5,
      'more ends than these',
      'the restarts of a roll-out and of NetBackup together are fewer',
    ),
  },
  NbwssPrimarySilent: {
    silence: window('1d', 'how long no notification comes', 'a backup runs every night'),
    for: lasting('5m', 'the first notification after a rest is scraped in less'),
  },
  NbwssAnswersSlow: {
    seconds: edge(2, 'an answer that takes longer is slow', 'NetBackup waits 2 s for an answer'),
    share: share(0.01, 'more slow ones of all answers than this', 'the p99'),
    answers: number(3, 'more slow answers than these', 'one slow answer of a few is no story'),
    window: window('5m', 'in which answers are counted', 'several scrapes'),
    for: lasting('10m', 'an outage that has ended leaves a burst of late answers, for one window'),
  },
  NbwssNotificationsNotAnswered: {
    window: window(
      '15m',
      'in which notifications are counted',
      'it stays visible after a drain has ended the process',
    ),
    notifications: number(0, 'more notifications than these', 'none is given up but in trouble'),
  },
  NbwssNotificationsUnanswered: {
    age: window(
      '60s',
      'a notification in flight that is older',
      'readiness.maxOldestInFlightMs; NetBackup sends again after 5 s',
    ),
    for: lasting('1m', 'two scrapes'),
  },
  NbwssFramesOverPayloadLimit: {
    window: window('15m', 'in which frames are counted', 'NetBackup sends such a frame again and again'),
  },
  NbwssSchemaVersionRefused: {
    window: window(
      '6h',
      'how long a refused version is told of',
      'it is counted once for each version, and true until somebody mends it',
    ),
  },
  NbwssDeadLetters: {
    window: window('15m', 'in which dead letters are counted', 'a batch of them is one alert'),
    entries: number(0, 'more dead letters than these', 'each is missing somewhere'),
  },
  NbwssKafkaUnavailable: { for: lasting('2m', 'brokers restart in less, one after the other') },
  NbwssRegistryErrors: {
    window: window('15m', 'in which errors are counted', 'several refreshes (schemas.refreshIntervalMs)'),
    errors: number(
      5,
      'more errors than these',
      'a failed refresh is three errors, one a subject: more than one in a row',
    ),
  },
  NbwssWaitsForSchemas: { for: lasting('2m', 'a registry starts in less') },
  NbwssAuthenticationFailures: {
    window: window('10m', 'in which refusals are counted', 'long enough for the retries of one primary'),
    failures: number(5, 'more refusals than these', 'a rotation may cost a few'),
  },
  NbwssConnectionsRunOut: {
    share: share(0.9, 'more connections in use than this part of the limit', 'there is still time to act'),
    for: lasting('5m', 'longer than a flood that the limits before authentication end'),
  },
  NbwssCertificateExpiring: {
    left: window('14d', 'the certificate expires sooner', 'cert-manager renews 30 d before the end'),
    for: lasting('1h', 'no need to be hasty'),
  },
  NbwssReloadFailed: {
    for: lasting('5m', 'a Secret is written file by file, and read again after it settles'),
  },
  NbwssEventLoopLag: {
    seconds: number(0.5, 'a lag above it', 'a quarter of what NetBackup waits'),
    for: lasting('10m', 'longer than a burst or a garbage collection'),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Threshold>>>>;

export type AlertName = keyof typeof thresholds;

/** @param text as Prometheus has it, with one unit: "15m" */
export function secondsOf(text: string): number {
  const [, amount, unit = ''] = /^(\d+)([smhdw])$/.exec(text) ?? [];
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[unit];
  if (amount === undefined || seconds === undefined) throw new Error(`${text} is no duration`);
  return Number(amount) * seconds;
}
