/** The numbers in the alerts: each with the outside number that it follows. Durations as Prometheus writes them. */

export interface Threshold {
  readonly value: string;
  readonly why: string;
}

const threshold = (value: string, why: string): Threshold => ({ value, why });

export const thresholds = {
  downFor: threshold('2m', 'two scrapes of a minute; a pod is replaced in less'),
  rememberedFor: threshold('1d', 'for so long a bridge that was scraped is missed when it is gone'),
  disconnectedFor: threshold(
    '5m',
    'NetBackup connects again after seconds, and fails over to the next of a group',
  ),
  flappingWindow: threshold('15m', 'long enough to see a pattern'),
  flappingCloses: threshold('5', 'more than the restarts of a roll-out and of NetBackup together'),
  silentFor: threshold('1d', 'a backup runs every night'),
  answerSeconds: threshold(
    '2',
    'NetBackup waits 2 s for an answer (an edge of the buckets, as it must be here)',
  ),
  slowShare: threshold('0.01', 'the p99'),
  slowAnswers: threshold('3', 'one slow answer of a few is no story'),
  slowWindow: threshold('5m', 'several scrapes'),
  slowFor: threshold('10m', 'an outage that has ended leaves a burst of late answers, for one window'),
  failedWindow: threshold('15m', 'it stays visible after a drain has ended the process'),
  unansweredSeconds: threshold('60', 'readiness.maxOldestInFlightMs; NetBackup sends again after 5 s'),
  unansweredFor: threshold('1m', 'two scrapes'),
  payloadWindow: threshold('15m', 'NetBackup sends such a frame again and again'),
  refusedWindow: threshold(
    '6h',
    'it is told of once for each version, and stays true until somebody mends it',
  ),
  deadLetterWindow: threshold('15m', 'a batch of them is one alert'),
  kafkaFor: threshold('2m', 'brokers restart in less, one after the other'),
  registryWindow: threshold('15m', 'several refreshes (schemas.refreshIntervalMs)'),
  registryErrors: threshold('5', 'a failed refresh is three errors, one a subject: more than one in a row'),
  registryWaitFor: threshold('2m', 'a registry starts in less'),
  authWindow: threshold('10m', 'long enough for the retries of one primary'),
  authFailures: threshold('5', 'a rotation may cost a few'),
  certificateSeconds: threshold('1209600', '14 d: cert-manager renews 30 d before the end'),
  certificateFor: threshold('1h', 'no need to be hasty'),
  reloadFor: threshold('5m', 'a Secret is written file by file, and read again after it settles'),
  lagSeconds: threshold('0.5', 'a quarter of what NetBackup waits'),
  lagFor: threshold('10m', 'longer than a burst or a garbage collection'),
} as const;

export type ThresholdName = keyof typeof thresholds;

/** The value of each. */
export const limit = Object.fromEntries(
  Object.entries(thresholds).map(([name, { value }]) => [name, value]),
) as Record<ThresholdName, string>;
