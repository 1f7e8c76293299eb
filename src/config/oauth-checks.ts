/** What must hold between the settings by which the bridge gets tokens, and those of the registry's headers. */
import type { CrossCheck } from './cross-check.ts';

interface Oauth {
  readonly tokenUrl?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecretFile?: string | undefined;
  readonly clientAssertionFile?: string | undefined;
}

/** Whether these say at one endpoint, and in one way, who the client is. */
function isClient({ tokenUrl, clientId, clientSecretFile, clientAssertionFile }: Oauth): boolean {
  const isShown = (clientSecretFile === undefined) !== (clientAssertionFile === undefined);
  return tokenUrl !== undefined && clientId !== undefined && isShown;
}

function isNothing({ tokenUrl, clientId, clientSecretFile, clientAssertionFile }: Oauth): boolean {
  return [tokenUrl, clientId, clientSecretFile, clientAssertionFile].every((each) => each === undefined);
}

const files = ['clientSecretFile', 'clientAssertionFile'] as const;

export const kafkaOauthChecks: readonly CrossCheck[] = [
  {
    settings: [
      'kafka.sasl.mechanism',
      'kafka.sasl.oauth.tokenUrl',
      'kafka.sasl.oauth.clientId',
      'kafka.sasl.oauth.clientSecretFile',
      'kafka.sasl.oauth.clientAssertionFile',
      'kafka.sasl.oauth.tokenFile',
    ],
    holds: ({ kafka: { sasl } }) =>
      sasl.mechanism !== 'oauthbearer' ||
      (sasl.oauth.tokenFile === undefined ? isClient(sasl.oauth) : isNothing(sasl.oauth)),
    sentence:
      'needs one way to a token when it is oauthbearer: kafka.sasl.oauth.tokenUrl and kafka.sasl.oauth.clientId with either ' +
      'kafka.sasl.oauth.clientSecretFile or kafka.sasl.oauth.clientAssertionFile, or kafka.sasl.oauth.tokenFile alone',
  },
  ...([...files, 'tokenFile'] as const).map((name): CrossCheck => ({
    settings: [`kafka.sasl.oauth.${name}`, 'kafka.sasl.mechanism'],
    holds: ({ kafka: { sasl } }) => sasl.oauth[name] === undefined || sasl.mechanism === 'oauthbearer',
    sentence: 'is used by oauthbearer only: set kafka.sasl.mechanism',
  })),
  {
    settings: ['kafka.sasl.oauth.extensions', 'kafka.sasl.mechanism'],
    holds: ({ kafka: { sasl } }) =>
      Object.keys(sasl.oauth.extensions).length === 0 || sasl.mechanism === 'oauthbearer',
    sentence: 'is used by oauthbearer only: set kafka.sasl.mechanism',
  },
  {
    settings: ['kafka.sasl.oauth.tokenUrl', 'kafka.sasl.allowPlaintext'],
    holds: ({ kafka: { sasl } }) => sasl.allowPlaintext || !isPlain(sasl.oauth.tokenUrl),
    sentence:
      'must begin with https://, because the client secret is sent there, or kafka.sasl.allowPlaintext has to be set',
  },
];

export const mskChecks: readonly CrossCheck[] = [
  {
    settings: ['kafka.sasl.mechanism', 'kafka.sasl.awsMskIam.region'],
    holds: ({ kafka: { sasl } }) => sasl.mechanism !== 'aws-msk-iam' || sasl.awsMskIam.region !== undefined,
    sentence: 'needs kafka.sasl.awsMskIam.region when it is aws-msk-iam',
  },
  ...(['region', 'roleArn', 'profile'] as const).map((name): CrossCheck => ({
    settings: [`kafka.sasl.awsMskIam.${name}`, 'kafka.sasl.mechanism'],
    holds: ({ kafka: { sasl } }) => sasl.awsMskIam[name] === undefined || sasl.mechanism === 'aws-msk-iam',
    sentence: 'is used by aws-msk-iam only: set kafka.sasl.mechanism',
  })),
  {
    settings: ['kafka.sasl.awsMskIam.profile', 'kafka.sasl.awsMskIam.roleArn'],
    holds: ({ kafka: { sasl } }) =>
      sasl.awsMskIam.profile === undefined || sasl.awsMskIam.roleArn === undefined,
    sentence: 'and kafka.sasl.awsMskIam.roleArn both say whose credentials are used: keep one of them',
  },
];

export const registryOauthChecks: readonly CrossCheck[] = [
  {
    settings: [
      'registry.auth.type',
      'registry.auth.oauth.tokenUrl',
      'registry.auth.oauth.clientId',
      'registry.auth.oauth.clientSecretFile',
      'registry.auth.oauth.clientAssertionFile',
    ],
    holds: ({ registry: { auth } }) => auth.type !== 'oauth' || isClient(auth.oauth),
    sentence:
      'needs registry.auth.oauth.tokenUrl and registry.auth.oauth.clientId with either registry.auth.oauth.clientSecretFile or ' +
      'registry.auth.oauth.clientAssertionFile when it is oauth',
  },
  ...files.map((name): CrossCheck => ({
    settings: [`registry.auth.oauth.${name}`, 'registry.auth.type'],
    holds: ({ registry: { auth } }) => auth.oauth[name] === undefined || auth.type === 'oauth',
    sentence: 'is used by oauth only: set registry.auth.type',
  })),
  {
    settings: ['registry.auth.oauth.tokenUrl', 'registry.auth.allowPlaintext'],
    holds: ({ registry: { auth } }) => auth.allowPlaintext || !isPlain(auth.oauth.tokenUrl),
    sentence:
      'must begin with https://, because the client secret is sent there, or registry.auth.allowPlaintext has to be set',
  },
];

/** Those that HTTP and the registry's interface fix. */
const fixed: ReadonlySet<string> = new Set([
  'accept',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const secret: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

export const registryHeaderChecks: readonly CrossCheck[] = [
  {
    settings: ['registry.headers', 'registry.headerFiles'],
    holds: ({ registry: { headers, headerFiles } }) => {
      const names = namesOf(headers);
      const all = [...names, ...namesOf(headerFiles)];
      const isFree = all.every((name) => !fixed.has(name)) && names.every((name) => !secret.has(name));
      return isFree && new Set(all).size === all.length;
    },
    sentence:
      'and registry.headerFiles together may name a header once, in upper or lower case, and none that HTTP or the registry fixes ' +
      `(${[...fixed].join(', ')}); ${[...secret].join(', ')} may stand in registry.headerFiles only`,
  },
  {
    settings: ['registry.headerFiles', 'registry.auth.type'],
    holds: ({ registry: { headerFiles, auth } }) =>
      auth.type === 'none' || !namesOf(headerFiles).includes('authorization'),
    sentence:
      'may name Authorization only when registry.auth.type is none, because the bridge sends its own otherwise',
  },
];

function namesOf(map: Readonly<Record<string, string>>): string[] {
  return Object.keys(map).map((name) => name.toLowerCase());
}

function isPlain(url: string | undefined): boolean {
  return url?.startsWith('http:') === true;
}
