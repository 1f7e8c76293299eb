/** A broker that lets nobody in unknown: one for a test file, with users, certificates and ACLs of its own. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { inject } from 'vitest';
import { createTestPki, type TestPki } from '../../tools/certificates.ts';
import { fetchPrograms } from '../../tools/dev-stack/fetch.ts';
import { startKafka } from '../../tools/dev-stack/kafka.ts';
import { ownProcesses } from '../../tools/dev-stack/processes.ts';
import {
  scramArguments,
  secureProperties,
  type SecurePorts,
  securePorts,
} from '../../tools/dev-stack/secure-listeners.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';

export interface SecureBroker extends AsyncDisposable {
  /** The door without authentication, whose user may do everything. */
  readonly bootstrapServers: readonly string[];
  readonly ports: SecurePorts;
  /** Goes with the broker. */
  readonly directory: string;
  /** Issued the broker's certificate, and that of each client which it takes. */
  readonly pki: TestPki;
  /** PEM file with the root of `pki`. */
  readonly caFile: string;
  readonly admin: Admin;
  /** Lets the user do this to the topics. */
  grant(user: string, operation: keyof typeof AclOperationTypes, topics: readonly string[]): Promise<void>;
  revoke(user: string, operation: keyof typeof AclOperationTypes, topics: readonly string[]): Promise<void>;
  setPassword(mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512', user: string, password: string): Promise<void>;
  /** Gives the listener `sslOther` another certificate. */
  setOtherCertificate(pem: { readonly cert: string; readonly key: string }): Promise<void>;
}

/** The one user, by every mechanism; the topics are still to be allowed. */
export const user = 'bridge';
export const password = 'correct-horse_battery staple%+ü';

/** Just above the 10 s before a session's end in which the client authenticates anew. In ms. */
const sessionMs = 12_000;

export interface SecureBrokerOptions {
  /** How long an authentication by OAUTHBEARER holds, in ms; by default as long as its token. */
  readonly oauthSessionMs?: number;
  /** Of a proxy, in place of the port of SASL without TLS. */
  readonly advertisedSaslPlaintext?: number;
}

export async function startSecureBroker(options: SecureBrokerOptions = {}): Promise<SecureBroker> {
  const { oauthSessionMs = 3_600_000, advertisedSaslPlaintext } = options;
  const programs = await fetchPrograms();
  await using starting = new AsyncDisposableStack();
  const run = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-secure-broker-')));
  const processes = starting.use(ownProcesses());
  const directory = join(run.path, 'files');
  await mkdir(directory);
  const pki = await createTestPki();
  const caFile = join(directory, 'ca.crt');
  await writeFile(caFile, pki.ca);
  const keyStore = join(directory, 'broker.pem');
  await writeFile(keyStore, pki.key + pki.cert);
  const otherKeyStore = (count: number) => join(directory, `other-${count}.pem`);
  await writeFile(otherKeyStore(0), pki.key + pki.cert);

  const ports = await securePorts();
  const scramUsers = (['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).map((mechanism) => ({
    mechanism,
    name: user,
    password,
  }));
  const [broker] = await startKafka({
    brokers: 1,
    properties: (node) =>
      secureProperties(node, {
        ports,
        keyStore,
        otherKeyStore: otherKeyStore(0),
        trustStore: caFile,
        plainUsers: { [user]: password },
        sessionMs,
        oauthSessionMs,
        advertisedSaslPlaintext,
      }),
    formatArguments: scramArguments(scramUsers),
    programs,
    processes,
    runDirectory: run.path,
  });
  if (broker === undefined) throw new Error('no broker was started');
  const bootstrapServers = [`127.0.0.1:${broker.port}`];
  const admin = new Kafka({ brokers: bootstrapServers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  starting.defer(() => admin.disconnect());
  let others = 0;
  const running = starting.move();
  return {
    bootstrapServers,
    ports,
    directory,
    pki,
    caFile,
    admin,
    async grant(principal, operation, topics) {
      await admin.createAcls({ acl: topics.map((topic) => entry(principal, operation, topic)) });
    },
    async revoke(principal, operation, topics) {
      await admin.deleteAcls({ filters: topics.map((topic) => entry(principal, operation, topic)) });
    },
    async setPassword(mechanism, name, value) {
      const script = join(import.meta.dirname, 'scram_user.py');
      await promisify(execFile)('python3', [script, bootstrapServers.join(','), mechanism, name, value], {
        env: { ...process.env, PYTHONPATH: inject('readerPackages') },
        timeout: 20_000,
      });
    },
    async setOtherCertificate({ cert, key }) {
      const file = otherKeyStore(++others);
      await writeFile(file, key + cert);
      const configEntries = [{ name: 'listener.name.ssl_other.ssl.keystore.location', value: file }];
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: brokerResource, name: String(broker.nodeId), configEntries }],
      });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** ConfigResource.Type.BROKER, for which the client's types have no name of theirs here. */
const brokerResource = 4;

function entry(principal: string, operation: keyof typeof AclOperationTypes, topic: string) {
  return {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${principal}`,
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
  };
}
