/** What the door leans on, and that it opens under one version only: src/kafka/kafkajs.ts. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorName, protocolError } from '../../../src/kafka/kafkajs.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const require = createRequire(import.meta.url);
const proven = '2.2.4';
const root = (path: string) => new URL(`../../../${path}`, import.meta.url);
const jsonOf = (path: string) => JSON.parse(readFileSync(root(path), 'utf8')) as Record<string, unknown>;

test('the version that is proven is installed, pinned and locked exactly', () => {
  expect(require('kafkajs/package.json')).toMatchObject({ version: proven });
  expect(jsonOf('package.json')).toMatchObject({ dependencies: { kafkajs: proven } });
  expect(jsonOf('package-lock.json')).toMatchObject({
    packages: {
      '': { dependencies: { kafkajs: proven } },
      'node_modules/kafkajs': { version: proven },
    },
  });
});

/** Loads the door where this version is installed, and nothing but its package.json. */
function loadUnder(version: string) {
  using directory = temporaryDirectory();
  const installed = join(directory.path, 'node_modules/kafkajs');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ name: 'kafkajs', version }));
  writeFileSync(join(directory.path, 'package.json'), JSON.stringify({ type: 'module' }));
  const door = join(directory.path, 'src/kafka/kafkajs.ts');
  for (const file of ['address.ts', 'kafka/kafkajs.ts', 'kafka/closed-by-peer.ts', 'kafka/request-header.ts'])
    cpSync(root(`src/${file}`), join(directory.path, 'src', file));
  return spawnSync(process.execPath, [door], { encoding: 'utf8' });
}

test.each(['2.2.3', '2.2.5', '2.3.0', '3.0.0-beta.1'])(
  'under %s the door fails at once, by name',
  (version) => {
    const { status, stderr } = loadUnder(version);
    expect(stderr).toContain(
      `kafkajs is ${version}, and src/kafka/kafkajs.ts is written for ${proven}: install that`,
    );
    expect(status).toBe(1);
  },
);

test('under the proven version it gets past that', () => {
  const { stderr } = loadUnder(proven);
  expect(stderr).not.toContain('is written for');
  expect(stderr).toContain("Cannot find module 'kafkajs'");
});

const Broker = require('kafkajs/src/broker');
const Connection = require('kafkajs/src/network/connection');
const ConnectionPool = require('kafkajs/src/network/connectionPool');
const { createLogger } = require('kafkajs/src/loggers');
const { requests } = require('kafkajs/src/protocol/requests');
const apiKeys = require('kafkajs/src/protocol/requests/apiKeys');
const { createErrorFromCode, errorCodes } = require('kafkajs/src/protocol/error');

/** As the door makes them; nothing connects. */
function made() {
  const logger = createLogger({ level: 0, logCreator: () => () => {} });
  const connectionPool = new ConnectionPool({ host: 'localhost', port: 1, logger, connectionTimeout: 1 });
  return {
    connectionPool,
    connection: connectionPool.pool[0],
    broker: new Broker({ connectionPool, logger }),
  };
}

const asked = { topics: [], resources: [], transactionalId: null, transactionTimeout: 1, topicData: [] };

test.each<[inside: string, isThere: () => boolean]>([
  ['ConnectionPool#pool with connections', () => made().connection instanceof Connection],
  [
    'the first of the pool for all that is not Fetch',
    () =>
      !/Fetch/.test(String(ConnectionPool.prototype.getConnection)) &&
      'getConnectionByRequest' in made().connectionPool,
  ],
  ['Connection#isConnected', () => made().connection.isConnected() === false],
  ['Connection#isAuthenticated', () => made().connection.isAuthenticated() === false],
  ['Connection#authenticate', () => typeof made().connection.authenticate === 'function'],
  ['Connection#nextCorrelationId', () => made().connection.nextCorrelationId() === 0],
  [
    'RequestQueue#push, which sends at once and resolves with the payload',
    () => {
      const { requestQueue } = made().connection;
      const told: unknown[] = [];
      const resolve = ({ payload }: { payload: unknown }) => told.push(payload);
      const entry = {
        apiKey: 0,
        apiName: 'Produce',
        apiVersion: 8,
        correlationId: 5,
        resolve,
        reject: () => {},
      };
      const sendRequest = () => told.push('sent');
      requestQueue.push({ entry, expectResponse: true, requestTimeout: null, sendRequest });
      requestQueue.fulfillRequest({ correlationId: 5, payload: 'payload', size: 1 });
      clearTimeout(requestQueue.throttleCheckTimeoutId);
      return told.join(' ') === 'sent payload';
    },
  ],
  ['Connection#send', () => typeof made().connection.send === 'function'],
  [
    'Connection#requestQueue.scheduleCheckPendingRequests',
    () => typeof made().connection.requestQueue.scheduleCheckPendingRequests === 'function',
  ],
  [
    'its caller, RequestQueue#checkPendingRequests, which goes through the property',
    () =>
      /this\.scheduleCheckPendingRequests\(\)/.test(
        String(made().connection.requestQueue.checkPendingRequests),
      ),
  ],
  ['Broker#connect', () => typeof made().broker.connect === 'function'],
  ['Broker#lookupRequest', () => typeof made().broker.lookupRequest === 'function'],
  ['Broker#versions', () => made().broker.versions === null],
  ['createLogger', () => typeof made().broker.logger.debug === 'function'],
  ...['CreateTopics', 'DescribeConfigs', 'InitProducerId', 'Metadata', 'Produce'].flatMap(
    (name): [string, () => boolean][] => [
      [`apiKeys.${name}`, () => typeof apiKeys[name] === 'number'],
      [
        `requests.${name} with a request and a response`,
        () => {
          const { request, response } = requests[name].protocol({ version: requests[name].versions[0] })(
            asked,
          );
          return [request.encode, response.decode, response.parse].every(
            (each) => typeof each === 'function',
          );
        },
      ],
    ],
  ),
  ['createErrorFromCode', () => createErrorFromCode(19).type === 'NOT_ENOUGH_REPLICAS'],
  [
    'errorCodes',
    () => errorCodes.some((each: { code: number; type: string }) => each.code === 19 && each.type !== ''),
  ],
])('kafkajs has %s', (_, isThere) => {
  expect(isThere()).toBe(true);
});

test('an error has its name, those that are newer than the client too', () => {
  expect([errorName(-1), errorName(19), errorName(46)]).toEqual([
    'UNKNOWN',
    'NOT_ENOUGH_REPLICAS',
    'DUPLICATE_SEQUENCE_NUMBER',
  ]);
  expect([errorName(89), errorName(90), errorName(100), errorName(9_999)]).toEqual([
    'THROTTLING_QUOTA_EXCEEDED',
    'PRODUCER_FENCED',
    'UNKNOWN_TOPIC_ID',
    'ERROR_9999',
  ]);
  expect(protocolError(19)).toMatchObject({ type: 'NOT_ENOUGH_REPLICAS' });
});

test('no other file of the sources reaches inside of the client', () => {
  const files = globSync('src/**/*.ts', { cwd: root('.') });
  expect(files.length).toBeGreaterThan(200);
  const inside = files.filter((file) => readFileSync(root(file), 'utf8').includes("'kafkajs/"));
  expect(inside).toEqual(['src/kafka/kafkajs.ts']);
});
