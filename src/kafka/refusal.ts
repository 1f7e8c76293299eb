import { BridgeError, ExitCode, isNobodyThere, reasonOf } from '../errors.ts';

/** What keeps the bridge out of Kafka until a user fixes it; stable and safe as metric labels. */
const refusalCodes = [
  'kafka-tls',
  'kafka-authentication',
  'kafka-authorization',
  'secret-file',
  'token-endpoint',
  'token-refused',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** Why, and what to fix, in words. */
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

/** What an error of the client says of itself, anywhere in its causes; null where it is nothing that a user has to fix. */
export function refusalOf(error: unknown): Refusal | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const { code, type } = e as Error & { readonly code?: unknown; readonly type?: unknown };
    const known = refusalCodes.find((each) => each === code);
    if (known !== undefined) return { code: known, text: withoutPrefix(e.message) };
    const named = byErrorName.get(String(type));
    if (named !== undefined) return named;
  }
  return null;
}

/** Whether a right is missing: which one depends on what was asked. */
export function isUnauthorized(error: unknown): boolean {
  return refusalOf(error)?.code === 'kafka-authorization';
}

/** What a command that is refused so exits with. */
const exitCodes: Readonly<Record<RefusalCode, ExitCode>> = {
  'kafka-tls': ExitCode.unavailable,
  'kafka-authentication': ExitCode.denied,
  'kafka-authorization': ExitCode.denied,
  'secret-file': ExitCode.config,
  'token-endpoint': ExitCode.unavailable,
  'token-refused': ExitCode.denied,
};

/**
 * An error of the client as one of ours: it says what to fix, where a user has to, and else what the client says.
 * @param what couldn't be done, as a clause
 * @param code where it is no refusal
 * @param advice what to do where nobody was reached; what our sockets say of others has its own
 */
export function kafkaError(what: string, error: unknown, code: string, advice?: string): BridgeError {
  const refusal = refusalOf(error);
  const hint = advice !== undefined && isNobodyThere(error) ? `: ${advice}` : '';
  const reason = withoutPrefix(reasonOf(error)) + hint;
  return new BridgeError(`${what}: ${refusal?.text ?? reason}`, {
    code: refusal?.code ?? code,
    retryable: true,
    exitCode: refusal === null ? ExitCode.unavailable : exitCodes[refusal.code],
    cause: error,
  });
}

/** What the client puts before the reason of a connection's end. */
export function withoutPrefix(message: string): string {
  return message.replace(/^Connection error: /, '');
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
    'GROUP_AUTHORIZATION_FAILED',
    {
      code: 'kafka-authorization',
      text: `this user may not read in a group (GROUP_AUTHORIZATION_FAILED): grant READ on groups that begin with nbwss-bridge- (${docs})`,
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
