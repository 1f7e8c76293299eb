import { reasonOf } from '../errors.ts';
import { said } from '../outbound/said.ts';
import { TokenEndpointError, TokenRefusedError } from '../outbound/token-error.ts';
import { keepToken, type Token, type TokenSource } from '../outbound/token-source.ts';

/** Amazon MSK with IAM. Credentials come from where AWS's SDK finds them: environment, web identity, the pod's or machine's role. */
export interface MskSettings {
  readonly region?: string | undefined;
  /** A role to take on with the credentials that are found. */
  readonly roleArn?: string | undefined;
  readonly roleSessionName?: string | undefined;
  /** A profile of the SDK's files, in place of the credentials that are found. */
  readonly profile?: string | undefined;
}

/** One token serves all clients of a configuration. */
const sources = new WeakMap<MskSettings, TokenSource>();

/** The source for these settings, one in the process. @param timeoutMs for credentials and signature together */
export function mskTokenSourceOf(settings: MskSettings, timeoutMs: number): TokenSource {
  const source = sources.get(settings) ?? createMskTokenSource(settings, timeoutMs);
  sources.set(settings, source);
  return source;
}

/** What the session is called in AWS's audit where no setting says it. */
const defaultSessionName = 'nbwss-bridge';

/**
 * Tokens of AWS's own signer, which is loaded with the first one. They are good for 15 minutes, or as long as the credentials.
 * @returns a function that rejects with TokenRefusedError or TokenEndpointError
 */
export function createMskTokenSource(settings: MskSettings, timeoutMs: number): TokenSource {
  let credentials: Promise<Credentials> | undefined;

  async function sign(): Promise<Token> {
    const provider = await (credentials ??= findCredentials(settings));
    const { generateAuthTokenFromCredentialsProvider } = await import('aws-msk-iam-sasl-signer-js');
    const { expiration, ...found } = await provider();
    // The signer would ask for the rest of their life with a fraction of a second, and Amazon takes whole seconds: it isn't told of their end.
    const { token, expiryTime } = await generateAuthTokenFromCredentialsProvider({
      region: settings.region ?? '',
      awsCredentialsProvider: () => Promise.resolve(found),
    });
    const until = Math.min(expiryTime, expiration?.getTime() ?? Infinity);
    return { value: token, lifetimeMs: until - Date.now() };
  }

  return keepToken(() =>
    within(timeoutMs, sign()).catch((error: unknown) => {
      throw failure(error, settings);
    }),
  );
}

/** The providers of AWS's SDK, which the signer takes them from too; they read files again when credentials end. */
type Credentials = Awaited<ReturnType<typeof findCredentials>>;

async function findCredentials({ region = '', roleArn, roleSessionName, profile }: MskSettings) {
  const { fromIni, fromNodeProviderChain, fromTemporaryCredentials } =
    await import('@aws-sdk/credential-providers');
  const session = roleSessionName ?? defaultSessionName;
  const clientConfig = { region };
  if (roleArn !== undefined)
    return fromTemporaryCredentials({ params: { RoleArn: roleArn, RoleSessionName: session }, clientConfig });
  if (profile !== undefined) return fromIni({ profile, clientConfig });
  return fromNodeProviderChain({ roleSessionName: session, clientConfig });
}

/** The SDK's own waits, for a machine's metadata or for STS, have no bound that we could set. */
async function within<T>(ms: number, settles: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no credentials in ${ms} ms (kafka.requestTimeoutMs)`)),
    ms,
  );
  try {
    return await Promise.race([settles, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** AWS's SDK says of an error of a service whose fault it is, and has one name for all that gave no credentials. */
function failure(error: unknown, { roleArn, profile }: MskSettings): Error {
  const { $fault: fault, name } = Object(error) as { readonly $fault?: unknown; readonly name?: unknown };
  const words = said(reasonOf(error), []);
  const where = 'no token for Amazon MSK (kafka.sasl.awsMskIam)';
  if (fault === 'client') {
    const advice =
      roleArn === undefined
        ? 'check the credentials of this process, and who may take their role on'
        : 'check kafka.sasl.awsMskIam.roleArn, and who may take that role on';
    return new TokenRefusedError(
      `${where}: AWS refuses us (${said(String(name), [])}: ${words}): ${advice}`,
      error,
    );
  }
  const advice = name === 'CredentialsProviderError' ? adviceWithoutCredentials(profile) : reachAdvice;
  return new TokenEndpointError(`${where}: ${words}: ${advice}`, error);
}

const reachAdvice =
  'see that what gives AWS credentials can be reached (STS, or the metadata service of the pod or machine)';

function adviceWithoutCredentials(profile: string | undefined): string {
  return profile === undefined
    ? 'give this process AWS credentials (environment, web identity, or the role of its pod or machine)'
    : `check the profile ${profile} (kafka.sasl.awsMskIam.profile) in the AWS configuration files`;
}
