/** Case 8 of the faults: what an operator sees of a way to Kafka that is shut, and that mending it is all there is to do. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestPki } from '../../tools/certificates.ts';
import type { TopicNames } from '../helpers/bridge.ts';
import { password, type SecureBroker, startSecureBroker, user } from '../helpers/secure-broker.ts';
import {
  grantLeast,
  type Refused,
  secretFile,
  type SecureBridge,
  secureTopics,
  startSecureBridge,
} from '../helpers/secure-bridge.ts';
import { startTokenEndpoint } from '../helpers/token-endpoint.ts';

let broker: SecureBroker;
let topics: TopicNames;

beforeAll(async () => {
  broker = await startSecureBroker();
  topics = await secureTopics(broker);
});
afterAll(() => broker?.[Symbol.asyncDispose]());

const at = (port: number) => ({ brokers: [`127.0.0.1:${port}`] });

/** As a rotation does it: the file is never half-written. */
async function replaceFile(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content);
  await rename(`${file}.new`, file);
}

async function becomesReadyAndDelivers(secure: SecureBridge): Promise<void> {
  await secure.ready();
  await using primary = await secure.connect();
  await secure.delivers(primary);
}

interface Case {
  readonly settings: object;
  readonly expected: Omit<Refused, 'check' | 'stage'>;
  readonly mend: () => Promise<void>;
}

const certificateOf = async (pki: SecureBroker['pki'], notAfter?: Date) => {
  const { cert, key } = await pki.issue({ hosts: [user], notAfter });
  return { certFile: await secretFile(broker, cert), keyFile: await secretFile(broker, key) };
};
const past = () => new Date(Date.now() - 60_000);

const cases: Readonly<Record<string, () => Promise<Case>>> = {
  async 'a wrong password'() {
    const passwordFile = await secretFile(broker, 'wrong');
    return {
      settings: {
        ...at(broker.ports.saslPlaintext),
        sasl: { mechanism: 'scram-sha-512', username: user, passwordFile },
      },
      expected: {
        reason: new RegExp(`authentication as user ${user} by scram-sha-512 .*failed.*${passwordFile}`),
        code: 'kafka-authentication',
      },
      mend: () => replaceFile(passwordFile, password),
    };
  },
  async 'a password file that is not there'() {
    const passwordFile = `${await secretFile(broker, '')}-later`;
    return {
      settings: {
        ...at(broker.ports.saslPlaintext),
        sasl: { mechanism: 'scram-sha-512', username: user, passwordFile },
      },
      expected: {
        reason: new RegExp(`kafka.sasl.passwordFile: .*${passwordFile}.*ENOENT`),
        code: 'secret-file',
      },
      mend: () => replaceFile(passwordFile, password),
    };
  },
  async 'an unknown CA'() {
    const caFile = await secretFile(broker, (await createTestPki()).ca);
    const tls = { enabled: true, caFile, ...(await certificateOf(broker.pki)) };
    return {
      settings: { ...at(broker.ports.ssl), tls },
      expected: { reason: new RegExp(`unknown CA.*kafka.tls.caFile \\(${caFile}\\)`), code: 'kafka-tls' },
      mend: () => replaceFile(caFile, broker.pki.ca),
    };
  },
  async 'a client certificate that has expired'() {
    const pair = await certificateOf(broker.pki, past());
    return {
      settings: { ...at(broker.ports.ssl), tls: { enabled: true, caFile: broker.caFile, ...pair } },
      expected: { reason: /the certificate in kafka.tls.certFile .* has expired/, code: 'kafka-tls' },
      async mend() {
        const { cert, key } = await broker.pki.issue({ hosts: [user] });
        await replaceFile(pair.keyFile, key);
        await replaceFile(pair.certFile, cert);
      },
    };
  },
  async 'a certificate of the broker that has expired'() {
    await broker.setOtherCertificate(await broker.pki.issue({ notAfter: past() }));
    const tls = { enabled: true, caFile: broker.caFile, ...(await certificateOf(broker.pki)) };
    return {
      settings: { ...at(broker.ports.sslOther), tls },
      expected: { reason: /the certificate of the broker .* has expired/, code: 'kafka-tls' },
      mend: async () => broker.setOtherCertificate(await broker.pki.issue()),
    };
  },
};

test.each(Object.entries(cases))('%s: says so, waits, and goes on once it is mended', async (_, prepare) => {
  const { settings, expected, mend } = await prepare();
  await using secure = await startSecureBridge(broker, topics, { kafka: { ...settings } });
  await secure.tells({ check: 'kafka', stage: 'kafka', ...expected });
  // There is no listener yet, so nothing can be sent that would not be answered.
  await expect(secure.connect()).rejects.toThrow('ECONNREFUSED');
  await mend();
  await becomesReadyAndDelivers(secure);
});

test('a client that the authorization server refuses is asked for once; a new secret counts at once', async () => {
  await using tokens = await startTokenEndpoint();
  const clientSecretFile = await secretFile(broker, 'wrong');
  const oauth = { tokenUrl: tokens.url, clientId: 'bridge', clientSecretFile, scope: 'kafka write' };
  await using secure = await startSecureBridge(broker, topics, {
    kafka: {
      ...at(broker.ports.saslPlaintext),
      sasl: { mechanism: 'oauthbearer', oauth, allowPlaintext: true },
    },
  });
  const reason =
    /refuses us \(401 invalid_client: no such client: bridge\).*kafka\.sasl\.oauth\.clientSecretFile/;
  await secure.tells({ check: 'kafka', stage: 'kafka', reason, code: 'token-refused' });
  await expect(secure.connect()).rejects.toThrow('ECONNREFUSED');
  expect(tokens.asked).toBe(1);
  await replaceFile(clientSecretFile, tokens.secret);
  await becomesReadyAndDelivers(secure);
  expect(tokens.asked).toBe(2);
});

test('a right to write that is taken away: no answer, and delivery once it is given again', async () => {
  const own = await secureTopics(broker);
  const passwordFile = await secretFile(broker, password);
  await using secure = await startSecureBridge(broker, own, {
    kafka: {
      ...at(broker.ports.saslPlaintext),
      sasl: { mechanism: 'scram-sha-512', username: user, passwordFile },
    },
  });
  await secure.ready();
  await using primary = await secure.connect();
  await secure.delivers(primary);

  await broker.grant(user, 'DESCRIBE', Object.values(own));
  await broker.revoke(user, 'WRITE', [own.jobs]);
  const waiting = secure.sends(primary);
  await secure.tells({
    check: 'writes',
    reason: new RegExp(`${own.jobs}: .*TOPIC_AUTHORIZATION_FAILED.*grant WRITE`),
    stage: 'append',
    code: 'kafka-authorization',
  });
  expect(primary.answersTo(waiting)).toBe(0);

  await grantLeast(broker, own);
  await primary.answered(waiting);
  await secure.ready();
  expect(await secure.records()).toBe(2);
});

test('a password that is changed at the broker while the bridge runs: no answer until it is in the file', async () => {
  const nextPassword = 'the next password';
  const passwordFile = await secretFile(broker, password);
  const tls = { enabled: true, caFile: broker.caFile };
  await using secure = await startSecureBridge(broker, topics, {
    log: { level: 'trace' },
    kafka: {
      ...at(broker.ports.saslSsl),
      tls,
      sasl: { mechanism: 'scram-sha-256', username: user, passwordFile },
    },
  });
  await secure.ready();
  await using primary = await secure.connect();
  await secure.delivers(primary);
  const before = await secure.records();

  // Sessions last 12 s at this listener, and are begun anew 10 s before their end.
  await broker.setPassword('SCRAM-SHA-256', user, nextPassword);
  const expected = { reason: /authentication as user .* failed/, code: 'kafka-authentication' };
  await secure.tells({ check: 'kafka', stage: 'kafka', ...expected });
  const waiting = secure.sends(primary);
  await secure.tells({ check: 'writes', stage: 'append', ...expected });
  expect(primary.answersTo(waiting)).toBe(0);
  expect(await secure.records()).toBe(before);

  await replaceFile(passwordFile, `${nextPassword}\n`);
  await primary.answered(waiting);
  await secure.ready();
  expect(await secure.records()).toBe(before + 1);
  const log = await readFile(secure.bridge.process.logFile, 'utf8');
  for (const secret of [password, nextPassword]) expect(log).not.toContain(secret);
});
