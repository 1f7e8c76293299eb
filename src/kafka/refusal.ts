/** What keeps the bridge out of Kafka until somebody mends it; stable and safe as metric labels. */
const refusalCodes = [
  'kafka-tls',
  'kafka-authentication',
  'kafka-authorization',
  'secret-file',
  'token-endpoint',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** Why, and what to mend, in words. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly text: string;
}

/** The client hands a connection's error on as a text and a `code`, so the code is what tells ours from others. */
export class RefusalError extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** What an error of the client says of itself, anywhere in its causes; null where it is nothing that somebody has to mend. */
export function refusalOf(error: unknown): Refusal | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const { code, type } = e as Error & { readonly code?: unknown; readonly type?: unknown };
    const known = refusalCodes.find((each) => each === code);
    if (known !== undefined) return { code: known, text: e.message.replace(/^Connection error: /, '') };
    const named = byErrorName.get(String(type));
    if (named !== undefined) return named;
  }
  return null;
}

const docs = 'docs/kafka-security.md';

/** The brokers' own names of errors. */
const byErrorName: ReadonlyMap<string, Refusal> = new Map([
  [
    'TOPIC_AUTHORIZATION_FAILED',
    {
      code: 'kafka-authorization',
      text: `this user may not write the topic (TOPIC_AUTHORIZATION_FAILED): grant WRITE on it (${docs})`,
    },
  ],
  [
    'CLUSTER_AUTHORIZATION_FAILED',
    {
      code: 'kafka-authorization',
      text:
        'this user may not produce with a producer id (CLUSTER_AUTHORIZATION_FAILED): grant WRITE on the topics, ' +
        `and IDEMPOTENT_WRITE on the cluster where Kafka is older than 2.8 (${docs})`,
    },
  ],
  [
    'UNSUPPORTED_SASL_MECHANISM',
    {
      code: 'kafka-authentication',
      text: "the broker doesn't offer the mechanism (UNSUPPORTED_SASL_MECHANISM): set kafka.sasl.mechanism to one that it does",
    },
  ],
  [
    'ILLEGAL_SASL_STATE',
    {
      code: 'kafka-authentication',
      text:
        'the broker takes no authentication here (ILLEGAL_SASL_STATE): name the port of a SASL listener in kafka.brokers, ' +
        'or set kafka.sasl.mechanism to none',
    },
  ],
]);
