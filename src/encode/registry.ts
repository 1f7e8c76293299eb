import { BridgeError, ExitCode, UnavailableError, reasonOf } from '../errors.ts';
import { callHttp } from '../outbound/http.ts';
import { readSecret } from '../outbound/secret-file.ts';
import type { TlsFiles } from '../outbound/tls.ts';
import type { PerTopic, RegisteredSchema } from './encoder.ts';

/**
 * The schema registry's REST API, as far as the bridge asks it: at start, never on the hot path. Every call has a deadline and
 * says which status it got; why the registry library isn't used for this: docs/adr/0001-registry-calls.md.
 */
export interface Registry {
  /** The subject's latest version. @throws BridgeError `subject-missing`, UnavailableError */
  latest(subject: string): Promise<RegisteredSchema>;
  /** Registers a schema; the same schema again gives the same id. @throws BridgeError `schema-incompatible`, UnavailableError */
  register(subject: string, schema: string): Promise<{ id: number }>;
  /** Whether the registry would take the schema as the subject's next version; true for a new subject. @throws UnavailableError */
  accepts(subject: string, schema: string): Promise<boolean>;
}

export interface RegistryOptions {
  /** e.g. http://registry:8081, with the path where the API isn't at the root. */
  readonly url: string;
  readonly requestTimeoutMs: number;
  readonly tls?: Omit<TlsFiles, 'setting'>;
  readonly auth?: RegistryAuth;
}

export interface RegistryAuth {
  readonly type: 'none' | 'basic' | 'bearer';
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** The headers by which we say who we are; the secret is read for each call. @throws BridgeError `secret-file` */
export function authorization({
  type,
  username = '',
  passwordFile = '',
  tokenFile = '',
}: RegistryAuth): Readonly<Record<string, string>> {
  if (type === 'none') return {};
  if (type === 'bearer')
    return { authorization: `Bearer ${readSecret('registry.auth.tokenFile', tokenFile)}` };
  const password = readSecret('registry.auth.passwordFile', passwordFile);
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** The subject of a topic's values (Confluent's TopicNameStrategy). */
export function subjectOf(topic: string): string {
  return `${topic}-value`;
}

/** The latest versions of the three topics' subjects. @throws as Registry.latest */
export async function latestSchemas(
  registry: Registry,
  topics: PerTopic<string>,
): Promise<PerTopic<RegisteredSchema>> {
  const [jobs, images, deadLetters] = await Promise.all([
    registry.latest(subjectOf(topics.jobs)),
    registry.latest(subjectOf(topics.images)),
    registry.latest(subjectOf(topics.deadLetters)),
  ]);
  return { jobs, images, deadLetters };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks nothing yet. Certificates and secrets are read for every call. */
export function createRegistry(options: RegistryOptions): Registry {
  const { url, requestTimeoutMs: timeoutMs, tls = {}, auth = { type: 'none' } } = options;
  const base = url.replace(/\/+$/, '');

  async function call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
    const where = `${method} ${base}${path}`;
    const headers = {
      accept: 'application/vnd.schemaregistry.v1+json',
      'content-type': 'application/vnd.schemaregistry.v1+json',
      ...authorization(auth),
    };
    const { status, text } = await callHttp({
      method,
      url: base + path,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      tls: { ...tls, setting: 'registry.tls' },
      timeoutMs,
    }).catch((error: unknown) => {
      if (error instanceof BridgeError) throw error;
      throw new UnavailableError(
        `the schema registry doesn't answer ${where}: ${reasonOf(error)}`,
        'registry-unreachable',
        error,
      );
    });
    if (status === 401 || status === 403) {
      throw new UnavailableError(
        `the schema registry refuses ${where} with ${status}: ${toMend(status, auth)}`,
        status === 401 ? 'registry-authentication' : 'registry-authorization',
      );
    }
    if (status >= 500 || status === 429) {
      throw new UnavailableError(
        `the schema registry answers ${where} with ${status}: ${text.slice(0, 200)}`,
        'registry-refuses',
      );
    }
    return { status, body: readBody(text, where, status) };
  }

  return {
    async latest(subject) {
      const { status, body } = await call('GET', `/subjects/${encodeURIComponent(subject)}/versions/latest`);
      if (status === 404 && isSubjectMissing(body)) {
        const message =
          `the schema registry at ${base} has no subject ${subject}. ` +
          'Register the schemas with `nbwss-bridge schemas register`, or have their owner do it';
        throw new BridgeError(message, {
          code: 'subject-missing',
          retryable: true,
          exitCode: ExitCode.unavailable,
        });
      }
      const { id, version, schema, schemaType = 'AVRO' } = body;
      if (
        status !== 200 ||
        typeof id !== 'number' ||
        typeof version !== 'number' ||
        typeof schema !== 'string'
      ) {
        throw unexpected(`the latest version of ${subject}`, status, body);
      }
      if (schemaType !== 'AVRO')
        throw unexpected(`the latest version of ${subject}, which is ${String(schemaType)}`, status, body);
      return { subject, id, version, schema };
    },
    async register(subject, schema) {
      const { status, body } = await call('POST', `/subjects/${encodeURIComponent(subject)}/versions`, {
        schema,
      });
      if (status === 409) {
        const message = `the schema registry refuses the schema for ${subject}: ${JSON.stringify(body)}`;
        throw new BridgeError(message, { code: 'schema-incompatible', exitCode: ExitCode.data });
      }
      if (status !== 200 || typeof body['id'] !== 'number')
        throw unexpected(`the registration of ${subject}`, status, body);
      return { id: body['id'] };
    },
    async accepts(subject, schema) {
      const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions/latest`;
      const { status, body } = await call('POST', path, { schema });
      if (status === 404 && isSubjectMissing(body)) return true;
      if (typeof body['is_compatible'] !== 'boolean')
        throw unexpected(`the compatibility of ${subject}`, status, body);
      return body['is_compatible'];
    },
  };
}

function toMend(status: 401 | 403, { type, username, passwordFile, tokenFile }: RegistryAuth): string {
  if (type === 'none') return 'it wants to know who asks: set registry.auth.type';
  const who = type === 'basic' ? `the user ${username} (registry.auth.username)` : 'the owner of the token';
  if (status === 403) return `${who} may not do this: have it allowed there`;
  return type === 'basic'
    ? `check registry.auth.username and the password in ${passwordFile} (registry.auth.passwordFile)`
    : `check the token in ${tokenFile} (registry.auth.tokenFile)`;
}

/** Confluent's error codes for a subject or a version that isn't there; a wrong path of the API gives a 404 without them. */
function isSubjectMissing({ error_code: code }: Answer['body']): boolean {
  return code === 40401 || code === 40402;
}

function readBody(text: string, where: string, status: number): Answer['body'] {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body as Answer['body'];
  } catch {
    // Said below: what answers isn't a registry.
  }
  throw new UnavailableError(
    `what answers ${where} (${status}) is not a schema registry: check registry.url, which includes the API's path`,
    'registry-unexpected',
  );
}

function unexpected(what: string, status: number, body: unknown): UnavailableError {
  const seen = JSON.stringify(body).slice(0, 200);
  return new UnavailableError(
    `the schema registry gave an unexpected answer for ${what}: ${status} ${seen}; check registry.url, which includes the API's path`,
    'registry-unexpected',
  );
}
