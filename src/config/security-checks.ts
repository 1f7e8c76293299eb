/** What must hold between the settings by which the bridge shows itself to Kafka and to the registry. */
import type { CrossCheck } from './cross-check.ts';
import { kafkaOauthChecks, mskChecks, registryHeaderChecks, registryOauthChecks } from './oauth-checks.ts';

const passwordMechanisms: readonly string[] = ['plain', 'scram-sha-256', 'scram-sha-512'];

/** What they send can be used by who reads it. */
const readable: readonly string[] = ['plain', 'oauthbearer', 'aws-msk-iam'];

export const kafkaChecks: readonly CrossCheck[] = [
  {
    settings: ['kafka.tls.caFile', 'kafka.tls.enabled'],
    holds: ({ kafka: { tls } }) => tls.caFile === undefined || tls.enabled,
    sentence: 'needs kafka.tls.enabled: without TLS no broker shows a certificate',
  },
  {
    settings: ['kafka.tls.serverName', 'kafka.tls.enabled'],
    holds: ({ kafka: { tls } }) => tls.serverName === undefined || tls.enabled,
    sentence: 'needs kafka.tls.enabled: without TLS no broker shows a certificate',
  },
  {
    settings: ['kafka.tls.certFile', 'kafka.tls.keyFile', 'kafka.tls.enabled'],
    holds: ({ kafka: { tls } }) => tls.certFile === undefined || (tls.keyFile !== undefined && tls.enabled),
    sentence: 'needs kafka.tls.keyFile, and kafka.tls.enabled',
  },
  {
    settings: ['kafka.tls.keyFile', 'kafka.tls.certFile'],
    holds: ({ kafka: { tls } }) => tls.keyFile === undefined || tls.certFile !== undefined,
    sentence: 'needs kafka.tls.certFile, whose key it is',
  },
  {
    settings: ['kafka.sasl.mechanism', 'kafka.sasl.username', 'kafka.sasl.passwordFile'],
    holds: ({ kafka: { sasl } }) =>
      !passwordMechanisms.includes(sasl.mechanism) ||
      (sasl.username !== undefined && sasl.passwordFile !== undefined),
    sentence: 'needs kafka.sasl.username and kafka.sasl.passwordFile when it is plain or scram',
  },
  {
    settings: ['kafka.sasl.mechanism', 'kafka.tls.enabled', 'kafka.sasl.allowPlaintext'],
    holds: ({ kafka: { sasl, tls } }) =>
      !readable.includes(sasl.mechanism) || tls.enabled || sasl.allowPlaintext,
    sentence:
      'sends the password or token itself when it is plain, oauthbearer or aws-msk-iam: set kafka.tls.enabled, or ' +
      'kafka.sasl.allowPlaintext where nobody else can read the network',
  },
  {
    settings: ['kafka.sasl.username', 'kafka.sasl.mechanism'],
    holds: ({ kafka: { sasl } }) =>
      sasl.username === undefined || passwordMechanisms.includes(sasl.mechanism),
    sentence: 'is used by plain and scram only: set kafka.sasl.mechanism',
  },
  {
    settings: ['kafka.sasl.passwordFile', 'kafka.sasl.mechanism'],
    holds: ({ kafka: { sasl } }) =>
      sasl.passwordFile === undefined || passwordMechanisms.includes(sasl.mechanism),
    sentence: 'is used by plain and scram only: set kafka.sasl.mechanism',
  },
  ...kafkaOauthChecks,
  ...mskChecks,
];

export const registryChecks: readonly CrossCheck[] = [
  {
    settings: ['registry.tls.caFile', 'registry.url'],
    holds: ({ registry: { tls, url } }) => tls.caFile === undefined || !isPlain(url),
    sentence: 'needs a registry.url that begins with https://',
  },
  {
    settings: ['registry.tls.certFile', 'registry.tls.keyFile', 'registry.url'],
    holds: ({ registry: { tls, url } }) =>
      tls.certFile === undefined || (tls.keyFile !== undefined && !isPlain(url)),
    sentence: 'needs registry.tls.keyFile, and a registry.url that begins with https://',
  },
  {
    settings: ['registry.tls.keyFile', 'registry.tls.certFile'],
    holds: ({ registry: { tls } }) => tls.keyFile === undefined || tls.certFile !== undefined,
    sentence: 'needs registry.tls.certFile, whose key it is',
  },
  {
    settings: [
      'registry.auth.type',
      'registry.auth.username',
      'registry.auth.passwordFile',
      'registry.auth.tokenFile',
    ],
    holds: ({ registry: { auth } }) => {
      const basic = auth.username !== undefined && auth.passwordFile !== undefined;
      const neither = auth.username === undefined && auth.passwordFile === undefined;
      if (auth.type === 'basic') return basic && auth.tokenFile === undefined;
      return neither && (auth.tokenFile !== undefined) === (auth.type === 'bearer');
    },
    sentence:
      'needs registry.auth.username and registry.auth.passwordFile when it is basic, registry.auth.tokenFile when it is ' +
      'bearer, and none of them otherwise',
  },
  ...registryOauthChecks,
  ...registryHeaderChecks,
  {
    settings: [
      'registry.auth.allowPlaintext',
      'registry.auth.type',
      'registry.headerFiles',
      'registry.url',
      'registry.fallbackUrls',
    ],
    holds: ({ registry: { auth, headerFiles, url, fallbackUrls } }) =>
      (auth.type === 'none' && Object.keys(headerFiles).length === 0) ||
      auth.allowPlaintext ||
      ![url, ...fallbackUrls].some(isPlain),
    sentence:
      'has to be set to send the password or token of registry.auth.type, or registry.headerFiles, over http://; better is a ' +
      'registry.url, and registry.fallbackUrls, that begin with https://',
  },
];

function isPlain(url: string | undefined): boolean {
  return url?.startsWith('http:') === true;
}
