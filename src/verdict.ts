/** What a check found out about one thing that the settings name (`check-config`). */
export interface Verdict {
  /** The setting that it is about: `listen.tls.certFile`. */
  readonly what: string;
  /** A warning doesn't keep the bridge from working now; a failure does. */
  readonly state: 'ok' | 'warning' | 'failed';
  /** One sentence: what was seen, what comes of it, and what to do about it. */
  readonly text: string;
}

/** A verdict on what only the caller can name. */
export type Judgement = Omit<Verdict, 'what'>;
