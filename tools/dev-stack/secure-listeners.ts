/** The settings of a broker that lets nobody in unknown: listeners with SASL, TLS and client certificates, and ACLs. */
import type { KafkaProperties, Node } from './kafka.ts';
import { freePort } from './ports.ts';

/** What the listeners are called, and their ports on 127.0.0.1. */
export interface SecurePorts {
  readonly saslPlaintext: number;
  readonly saslSsl: number;
  /** Wants a client certificate, whose common name is the user. */
  readonly ssl: number;
  /** As `ssl`, with a certificate of its own. */
  readonly sslOther: number;
}

export interface SecureOptions {
  readonly ports: SecurePorts;
  /** PEM files: key, certificate and intermediates of the broker; the CAs of its clients. */
  readonly keyStore: string;
  readonly otherKeyStore: string;
  readonly trustStore: string;
  /** Users of PLAIN, with their passwords. */
  readonly plainUsers: Readonly<Record<string, string>>;
  /** How long an authentication by SCRAM-SHA-256 holds (KIP-368), in ms. */
  readonly sessionMs: number;
  /** The same for OAUTHBEARER, at most; a token may end before. */
  readonly oauthSessionMs: number;
  /** What clients of `saslPlaintext` are told to connect to, where it isn't that port. */
  readonly advertisedSaslPlaintext?: number | undefined;
}

export interface ScramUser {
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly name: string;
  readonly password: string;
}

export async function securePorts(): Promise<SecurePorts> {
  return {
    saslPlaintext: await freePort(),
    saslSsl: await freePort(),
    ssl: await freePort(),
    sslOther: await freePort(),
  };
}

/** The users that the storage is formatted with. */
export function scramArguments(users: readonly ScramUser[]): string[] {
  return users.flatMap(({ mechanism, name, password }) => [
    '--add-scram',
    `${mechanism}=[name=${name},password=${password}]`,
  ]);
}

/**
 * Over the stack's own settings. The PLAINTEXT port stays as the door of whoever runs the broker: brokers and controllers speak
 * there too, so that it belongs to a super user.
 */
export function secureProperties(node: Node, options: SecureOptions): KafkaProperties {
  const { ports, keyStore, otherKeyStore, trustStore, plainUsers, sessionMs, oauthSessionMs } = options;
  const listeners = [
    ['PLAINTEXT', 'PLAINTEXT', node.port],
    ['SASL_PLAINTEXT', 'SASL_PLAINTEXT', ports.saslPlaintext],
    ['SASL_SSL', 'SASL_SSL', ports.saslSsl],
    ['SSL', 'SSL', ports.ssl],
    ['SSL_OTHER', 'SSL', ports.sslOther],
  ] as const;
  const addresses = listeners.map(([name, , port]) => `${name}://127.0.0.1:${port}`).join(',');
  const { advertisedSaslPlaintext = ports.saslPlaintext } = options;
  const users = Object.entries(plainUsers).map(([name, password]) => `user_${name}="${escaped(password)}"`);
  const modules = {
    'scram-sha-256': 'scram.ScramLoginModule required',
    'scram-sha-512': 'scram.ScramLoginModule required',
    plain: `plain.PlainLoginModule required ${users.join(' ')}`,
    // Kafka's validator of unsigned tokens, which is there for development: whoever can write JSON has a token.
    oauthbearer: 'oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker"',
  };
  const jaas = ['sasl_plaintext', 'sasl_ssl'].flatMap((listener) =>
    Object.entries(modules).map(([mechanism, module]) => [
      `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
      `org.apache.kafka.common.security.${module};`,
    ]),
  );
  return {
    listeners: `${addresses},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': addresses.replace(/(?<=SASL_PLAINTEXT:.*:)\d+/, String(advertisedSaslPlaintext)),
    'listener.security.protocol.map': `${listeners.map(([name, protocol]) => `${name}:${protocol}`).join(',')},CONTROLLER:PLAINTEXT`,
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512,SCRAM-SHA-256,PLAIN,OAUTHBEARER',
    ...Object.fromEntries(jaas),
    'listener.name.sasl_ssl.scram-sha-256.connections.max.reauth.ms': String(sessionMs),
    // Without it a token's end isn't the end of its session.
    'listener.name.sasl_ssl.oauthbearer.connections.max.reauth.ms': String(oauthSessionMs),
    'listener.name.sasl_plaintext.oauthbearer.connections.max.reauth.ms': String(oauthSessionMs),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keyStore,
    'listener.name.ssl_other.ssl.keystore.type': 'PEM',
    'listener.name.ssl_other.ssl.keystore.location': otherKeyStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': trustStore,
    'listener.name.ssl.ssl.client.auth': 'required',
    'listener.name.ssl_other.ssl.client.auth': 'required',
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]*).*$/$1/,DEFAULT',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': 'User:ANONYMOUS',
  };
}

/** A file of properties is Latin-1. */
function escaped(text: string): string {
  return text.replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
