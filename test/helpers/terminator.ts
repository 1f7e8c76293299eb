import type { NotificationRequest } from '../../src/protocol/message.ts';
import { type Credentials, loadCredentials } from '../../src/session/credentials.ts';
import { listen, type Listener, type ListenerOptions, type ServerLimits } from '../../src/session/server.ts';
import { pki } from './simulation.ts';
import { temporaryDirectory } from './temporary-directory.ts';

type Events = ListenerOptions['events'];
type EventName = keyof Events;

export interface TerminatorOptions extends Partial<
  Pick<
    ListenerOptions,
    | 'host'
    | 'port'
    | 'proxyProtocol'
    | 'deliver'
    | 'relief'
    | 'room'
    | 'responsePayload'
    | 'credentials'
    | 'tls'
    | 'allowedOrigins'
    | 'steady'
  >
> {
  readonly certificate?: Partial<ListenerOptions['certificate']>;
  readonly limits?: Partial<Omit<ServerLimits, 'gate'>>;
  readonly gate?: Partial<ServerLimits['gate']>;
}

/** A real listener with TLS on a free port, and all that it tells. */
export interface Terminator extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly listener: Listener;
  /** What `deliver` was given. */
  readonly delivered: readonly NotificationRequest[];
  /** The arguments of each event of this name, so far. */
  told<Name extends EventName>(name: Name): Parameters<Events[Name]>[];
  /** Waits for the n-th event of this name, for a few seconds. */
  event<Name extends EventName>(name: Name, count?: number): Promise<Parameters<Events[Name]>>;
  /** Waits for the n-th message that `deliver` is given. */
  message(count?: number): Promise<NotificationRequest>;
}

/** The tokens that every terminator knows. */
export const tokens = { primary1: 'secret', primary2: 'another-secret' } as const;

const eventNames = [
  'opened',
  'authenticated',
  'probed',
  'refused',
  'received',
  'answered',
  'paused',
  'closed',
  'limitHit',
  'serverLimitHit',
  'handshakeFailed',
  'healthChecked',
  'clientCertificateRefused',
  'proxyRefused',
  'gaveWay',
  'originRefused',
] as const satisfies readonly EventName[];

const limits: Omit<ServerLimits, 'gate'> = {
  maxEntries: 20_000,
  maxValues: 400_000,
  maxDepth: 64,
  maxNames: 10_000,
  maxPayloadBytes: 256 * 1024,
  maxFragments: 1024,
  maxConnections: 1000,
  maxSessionsPerPrimary: 1000,
  maxUnauthenticatedBytes: 8 * 1024,
  maxBadFrames: 3,
  maxUnreadAnswerBytes: 1024 * 1024,
  handshakeTimeoutMs: 10_000,
  heartbeatIntervalMs: 30_000,
  heartbeatMisses: 2,
  pausedTimeoutMs: 120_000,
};

const gate: ServerLimits['gate'] = {
  maxConnections: 50,
  connectTimeoutMs: 10_000,
  attemptsPerAddress: 1000,
  attemptsWindowMs: 10_000,
};

/** How long a test waits for what it expects. */
const patienceMs = 5_000;

/** Starts a listener that delivers at once, unless told otherwise, and has limits that only abuse reaches. */
export async function startTerminator(options: TerminatorOptions = {}): Promise<Terminator> {
  const { deliver = () => Promise.resolve(), host = '127.0.0.1', port = 0 } = options;
  const credentials = writeCredentials(tokens);
  const delivered: NotificationRequest[] = [];
  const log = eventNames.map((name) => ({ name, calls: [] as unknown[][] }));
  const callsOf = (name: EventName): unknown[][] => log.find((entry) => entry.name === name)?.calls ?? [];
  let changed = Promise.withResolvers<void>();
  const change = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const record = ({ name, calls }: (typeof log)[number]): [EventName, (...args: unknown[]) => void] => [
    name,
    (...args) => {
      calls.push(args);
      change();
    },
  ];

  const summary = (): string => log.map(({ name, calls }) => `${name} ${calls.length}`).join(', ');

  const listener = await listen({
    host,
    port,
    path: '/nbwss',
    proxyProtocol: options.proxyProtocol ?? false,
    certificate: {
      cert: pki.cert,
      key: pki.key,
      clientCa: null,
      notBefore: 0,
      notAfter: 0,
      subject: '',
      ...options.certificate,
    },
    tls: options.tls ?? { clientCertificate: 'required', clientNameIsPrimary: false },
    allowedOrigins: options.allowedOrigins ?? [],
    credentials: options.credentials ?? (() => credentials),
    deliver(message, taken) {
      delivered.push(message);
      change();
      taken();
      return deliver(message, taken);
    },
    relief: options.relief ?? (() => null),
    room: options.room ?? (() => null),
    responsePayload: options.responsePayload ?? 'array',
    limits: { ...limits, ...options.limits, gate: { ...gate, ...options.gate } },
    events: Object.fromEntries(log.map(record)) as unknown as Events,
    now: () => 1_700_000_000_999,
    ...(options.steady && { steady: options.steady }),
  });

  async function nth<T>(list: readonly T[], count: number, what: string): Promise<T> {
    const tooLate = timeout(() => `${what} ${count} within ${patienceMs} ms; told: ${summary()}`);
    try {
      for (;;) {
        const item = list[count - 1];
        if (item !== undefined) return item;
        await Promise.race([changed.promise, tooLate.promise]);
      }
    } finally {
      tooLate.stop();
    }
  }

  return {
    port: listener.port,
    url: `wss://localhost:${listener.port}/nbwss`,
    listener,
    delivered,
    told: (name) => callsOf(name) as never,
    event: (name, count = 1) => nth(callsOf(name), count, `event ${name}`) as Promise<never>,
    message: (count = 1) => nth(delivered, count, 'message'),
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

/** Credentials as from a directory with these files. */
export function writeCredentials(files: Readonly<Record<string, string>>): Credentials {
  using directory = temporaryDirectory(files);
  return loadCredentials(directory.path);
}

/** Resolves as the promise does, or rejects when that takes too long. */
export async function soon<T>(promise: Promise<T>, what: string): Promise<T> {
  const tooLate = timeout(() => `${what} within ${patienceMs} ms`);
  try {
    return await Promise.race([promise, tooLate.promise]);
  } finally {
    tooLate.stop();
  }
}

function timeout(expected: () => string): { readonly promise: Promise<never>; stop(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`expected ${expected()}`)), patienceMs);
  return { promise, stop: () => clearTimeout(timer) };
}
