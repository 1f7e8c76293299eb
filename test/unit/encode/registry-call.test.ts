import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRegistryCall, type RegistryOptions } from '../../../src/encode/registry-call.ts';
import { refusalAdvice } from '../../../src/encode/registry-headers.ts';
import { createRegistry } from '../../../src/encode/registry.ts';
import { ExitCode } from '../../../src/errors.ts';
import { freePort } from '../../../tools/dev-stack/ports.ts';
import { answerAs, type Answered } from '../../helpers/answering-registry.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const ok: Answered = { status: 200, body: { it: 'answers' } };
const patientMs = 10_000;

function callWith(options: Partial<RegistryOptions> & Pick<RegistryOptions, 'url'>) {
  return createRegistryCall({ requestTimeoutMs: patientMs, ...options });
}

const nowhere = async () => `http://127.0.0.1:${await freePort()}`;

test('a call says what it wants and has, and gives back the status and the JSON', async () => {
  await using registry = await answerAs(() => ({ status: 404, body: { error_code: 40401 } }));
  const call = callWith({ url: `${registry.url}/apis/ccompat/v7//` });
  expect(await call('POST', '/subjects/a%2Fb', { schema: '"ä"' })).toEqual({
    status: 404,
    body: { error_code: 40401 },
  });
  expect(registry.asked).toMatchObject([
    { method: 'POST', path: '/apis/ccompat/v7/subjects/a%2Fb', body: '{"schema":"\\"ä\\""}' },
  ]);
  expect(registry.asked[0]?.headers).toMatchObject({ accept: 'application/vnd.schemaregistry.v1+json' });
  expect(registry.asked[0]?.headers['authorization']).toBeUndefined();
});

test.each<[string, Answered]>([
  ['500', { status: 500, body: {} }],
  ['503 without JSON', { status: 503, body: 'Service Unavailable' }],
  ['429', { status: 429, body: {} }],
  ['an end within the answer', 'cut'],
  ['a page that is no JSON', { status: 200, body: '<html>' }],
  ['JSON that is no object', { status: 200, body: '5' }],
  ['an empty answer', { status: 204, body: '' }],
])('what may pass is tried once more: %s', async (_, first) => {
  await using registry = await answerAs((_asked, before) => (before === 0 ? first : ok));
  expect(await callWith(registry)('GET', '/subjects')).toEqual(ok);
  expect(registry.asked).toHaveLength(2);
});

test.each<[string, Answered, string, RegExp]>([
  [
    '500',
    { status: 500, body: { error_code: 50001, message: 'broken' } },
    'registry-refuses',
    /answers GET http:\S+\/subjects with 500: 50001 broken/,
  ],
  ['an end within the answer', 'cut', 'registry-unreachable', /doesn't answer GET http:/],
  [
    'a page',
    { status: 200, body: '<html>' },
    'registry-unexpected',
    /\(200\) is not a schema registry: check registry\.url/,
  ],
])('what does not pass ends the call after two attempts: %s', async (_, always, code, message) => {
  await using registry = await answerAs(() => always);
  await expect(callWith(registry)('GET', '/subjects')).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    retryable: true,
    exitCode: ExitCode.unavailable,
  });
  expect(registry.asked).toHaveLength(2);
});

test.each([
  [401, 'registry-authentication'],
  [403, 'registry-authorization'],
])('%i is not tried again, at no address: the same secret would be refused again', async (status, code) => {
  await using registry = await answerAs(() => ({ status, body: {} }));
  await using other = await answerAs(() => ok);
  const call = callWith({ url: registry.url, fallbackUrls: [other.url] });
  await expect(call('GET', '/subjects')).rejects.toMatchObject({
    code,
    message: expect.stringContaining('set registry.auth.type'),
  });
  expect([registry.asked.length, other.asked.length]).toEqual([1, 0]);
});

test('what the caller has to judge is an answer, and no reason for another attempt', async () => {
  for (const status of [404, 405, 409, 422]) {
    await using registry = await answerAs(() => ({ status, body: { error_code: status } }));
    expect(await callWith(registry)('POST', '/subjects/a')).toMatchObject({ status });
    expect(registry.asked).toHaveLength(1);
  }
});

test('an attempt has a deadline, however much of the answer has come', async () => {
  await using registry = await answerAs(() => 'silence');
  const begun = performance.now();
  await expect(callWith({ ...registry, requestTimeoutMs: 100 })('GET', '/subjects')).rejects.toMatchObject({
    code: 'registry-unreachable',
    message: expect.stringContaining('no answer in 100 ms'),
  });
  expect(registry.asked).toHaveLength(2);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(190);
});

test('each address is asked once, in order, and the one that answered first from then on', async () => {
  await using broken = await answerAs(() => ({ status: 502, body: 'Bad Gateway' }));
  await using good = await answerAs(() => ok);
  const call = callWith({ url: await nowhere(), fallbackUrls: [await nowhere(), broken.url, good.url] });
  expect(await call('GET', '/subjects')).toEqual(ok);
  expect(await call('GET', '/subjects')).toEqual(ok);
  expect([broken.asked.length, good.asked.length]).toEqual([1, 2]);
});

test('an address that answered goes on being asked until it fails, then the next from there', async () => {
  let isUp = true;
  await using first = await answerAs(() => ok);
  await using second = await answerAs(() => (isUp ? ok : 'cut'));
  const call = callWith({ url: await nowhere(), fallbackUrls: [second.url, first.url] });
  await call('GET', '/subjects');
  isUp = false;
  await call('GET', '/subjects');
  await call('GET', '/subjects');
  expect([second.asked.length, first.asked.length]).toEqual([2, 2]);
});

test('calls at the same time each ask every address, whichever of them finds the one that answers', async () => {
  const held = Promise.withResolvers<Answered>();
  let found = false;
  await using broken = await answerAs((_asked, before) => (before === 0 ? held.promise : 'cut'));
  await using good = await answerAs(() => {
    found = true;
    return ok;
  });
  const call = callWith({ url: broken.url, fallbackUrls: [good.url] });
  const slow = call('GET', '/slow');
  expect(await call('GET', '/quick')).toEqual(ok);
  expect(found).toBe(true);
  held.resolve('cut');
  expect(await slow).toEqual(ok);
});

test('no address that answers: the error is about the last one', async () => {
  const [one, other] = [await nowhere(), await nowhere()];
  await expect(callWith({ url: one, fallbackUrls: [other] })('GET', '/subjects')).rejects.toMatchObject({
    code: 'registry-unreachable',
    message: expect.stringContaining(`${other}/subjects`),
  });
});

test('a redirect is not followed: a secret goes where the configuration says', async () => {
  await using registry = await answerAs(() => ({ status: 302, body: '' }));
  await expect(callWith(registry)('GET', '/subjects')).rejects.toMatchObject({ code: 'registry-unexpected' });
});

test('secrets are read for each call, and what is refused is said without them', async () => {
  using files = temporaryDirectory({ password: 'first\n', token: 'a-token\n' });
  await using registry = await answerAs((asked) =>
    asked.path === '/refused' ? { status: 401, body: {} } : ok,
  );
  const basic = { type: 'basic', username: 'bridge', passwordFile: `${files.path}/password` } as const;
  const bearer = { type: 'bearer', tokenFile: `${files.path}/token` } as const;
  await callWith({ url: registry.url, auth: basic })('GET', '/');
  await callWith({ url: registry.url, auth: bearer })('GET', '/');
  expect(registry.asked.map(({ headers }) => headers['authorization'])).toEqual([
    `Basic ${Buffer.from('bridge:first').toString('base64')}`,
    'Bearer a-token',
  ]);
  const refused = callWith({ url: registry.url, auth: basic })('GET', '/refused');
  await expect(refused).rejects.toThrow(/^(?!.*first).*the user bridge|check registry\.auth\.username/);
  const missing = { ...bearer, tokenFile: `${files.path}/none` };
  await expect(callWith({ url: registry.url, auth: missing })('GET', '/')).rejects.toMatchObject({
    code: 'secret-file',
  });
  expect(registry.asked).toHaveLength(3);
});

test.each([401, 403])(
  "a registry's own words are shown with %i, printable and without our credentials",
  async (status) => {
    using files = temporaryDirectory({ password: 'pass\u00e9 "word"!', key: 'a key: 1234567' });
    const basic = Buffer.from('bridge:pass\u00e9 "word"!').toString('base64');
    const message = `tarkastakaa p\u00e4\u00e4sy\u001b[2J ${basic} pass\u00e9 "word"! a key: 1234567`;
    await using registry = await answerAs(() => ({ status, body: { error_code: 40101, message } }));
    const call = callWith({
      url: registry.url,
      auth: { type: 'basic', username: 'bridge', passwordFile: `${files.path}/password` },
      headerFiles: { 'X-Api-Key': `${files.path}/key` },
    });
    await expect(call('GET', '/subjects')).rejects.toThrow(
      new RegExp(
        String.raw`with ${status} \(40101 tarkastakaa p\u00e4\u00e4sy\\u001b\[2J \*\*\* \*\*\* \*\*\*\): `,
      ),
    );
  },
);

test.each([
  [{ message: 'Unauthorized' }, 'Unauthorized'],
  [{ status: 403, title: 'Forbidden', detail: 'no role' }, 'no role'],
  [{ error: 'invalid_token', error_description: 'the token is over' }, 'the token is over'],
  [{ error: 'denied' }, 'denied'],
])('the words of other interfaces, and of a gateway, are shown: %j', async (body, words) => {
  for (const status of [401, 403, 404, 422, 429, 500, 503]) {
    await using registry = await answerAs(() => ({ status, body }));
    await expect(asRegistry(registry.url).latest('a-value')).rejects.toThrow(words);
  }
});

test.each<[string, Record<string, string>, string]>([
  ['RBAC: access denied', { 'content-type': 'text/plain' }, 'RBAC: access denied'],
  ['<html><title>Blocked by rule 12</title></html>', { 'content-type': 'text/html' }, 'Blocked by rule 12'],
  ['{"error":{"message":"no permission"}}', {}, 'no permission'],
  ['', { 'www-authenticate': 'Bearer error="invalid_token"' }, 'invalid_token'],
])(
  'the words of what stands before the registry are shown on every status: %j',
  async (body, headers, words) => {
    for (const status of [400, 401, 403, 404, 429, 500, 503]) {
      await using registry = await answerAs(() => ({ status, body, headers }));
      await expect(asRegistry(registry.url).latest('a-value')).rejects.toThrow(words);
    }
  },
);

test('a redirect says where to', async () => {
  const headers = { location: 'https://login.example.com/?state=1' };
  await using registry = await answerAs(() => ({ status: 302, body: '', headers }));
  await expect(callWith(registry)('GET', '/')).rejects.toThrow(
    '(302: it redirects to https://login.example.com/, and redirects are not followed) is not a schema registry',
  );
});

test('who shows a header of a file is told of that file, and not to show something', async () => {
  using files = temporaryDirectory({ key: 'the key' });
  const file = `${files.path}/key`;
  for (const [status, advice] of [
    [401, `401: check the value in ${file} (registry.headerFiles.X-Key), or set registry.auth.type`],
    [403, `403: the owner of the value in ${file} (registry.headerFiles.X-Key) may not do this`],
  ] as const) {
    await using registry = await answerAs(() => ({ status, body: {} }));
    const call = callWith({ url: registry.url, headerFiles: { 'X-Key': file } });
    await expect(call('GET', '/')).rejects.toThrow(advice);
  }
});

test('a client certificate says who we are, too', () => {
  const tls = { certFile: 'tls.crt' };
  expect(refusalAdvice(403, { tls })).toBe(
    'the owner of the certificate in tls.crt (registry.tls.certFile) may not do this: have it allowed there',
  );
  expect(refusalAdvice(401, { tls })).toMatch(
    /^check the certificate in tls\.crt \(registry\.tls\.certFile\), or set/,
  );
});

test('headers of the settings go with every call, and those of files are read for each', async () => {
  using files = temporaryDirectory({ pool: 'pool-1\n' });
  await using registry = await answerAs(() => ok);
  const call = callWith({
    url: registry.url,
    headers: { 'target-sr-cluster': 'lsrc-1' },
    headerFiles: { 'Confluent-Identity-Pool-Id': `${files.path}/pool` },
  });
  await call('GET', '/');
  writeFileSync(`${files.path}/pool`, 'pool-2');
  await call('POST', '/', {});
  expect(registry.asked.map(({ headers }) => headers)).toMatchObject(
    ['pool-1', 'pool-2'].map((pool) => ({
      'target-sr-cluster': 'lsrc-1',
      'confluent-identity-pool-id': pool,
      accept: 'application/vnd.schemaregistry.v1+json',
    })),
  );
});

test.each([
  ['bearer', { type: 'bearer', tokenFile: 'file' }, 'registry.auth.tokenFile'],
  ['a header', undefined, 'registry.headerFiles.X-Key'],
] as const)(
  'what no header can carry is told of its file, and nobody is asked: %s',
  async (_, auth, setting) => {
    using files = temporaryDirectory({ file: 'кл\u044eч' });
    await using registry = await answerAs(() => ok);
    const file = `${files.path}/file`;
    const call = callWith({
      url: registry.url,
      ...(auth === undefined ? { headerFiles: { 'X-Key': file } } : { auth: { ...auth, tokenFile: file } }),
    });
    await expect(call('GET', '/')).rejects.toMatchObject({ code: 'secret-file', setting });
    expect(registry.asked).toHaveLength(0);
  },
);

test('the token of an authorization server goes with every call, and is asked for once', async () => {
  using files = temporaryDirectory({ secret: 'secret' });
  await using tokens = await answerAs(() => ({
    status: 200,
    body: { access_token: 'the.token', expires_in: 3600 },
  }));
  await using registry = await answerAs(({ path }) =>
    path === '/refused' ? { status: 401, body: { error_code: 401, message: 'not the.token' } } : ok,
  );
  const oauth = {
    tokenUrl: `${tokens.url}/token`,
    clientId: 'bridge',
    clientSecretFile: `${files.path}/secret`,
    scope: 'registry',
  };
  const options = { url: registry.url, auth: { type: 'oauth', oauth } } as const;
  await callWith(options)('GET', '/');
  await callWith(options)('GET', '/');
  expect(registry.asked.map(({ headers }) => headers['authorization'])).toEqual(
    Array.from({ length: 2 }, () => 'Bearer the.token'),
  );
  expect(tokens.asked.map(({ body }) => body)).toEqual(['grant_type=client_credentials&scope=registry']);
  await expect(callWith(options)('GET', '/refused')).rejects.toThrow(
    '401 (401 not ***): it has to accept the tokens of registry.auth.oauth.tokenUrl',
  );
});

test('a client that the authorization server refuses is an error of the registry.auth.oauth settings, told once', async () => {
  using files = temporaryDirectory({ secret: 'secret' });
  await using tokens = await answerAs(() => ({ status: 401, body: { error: 'invalid_client' } }));
  await using registry = await answerAs(() => ok);
  const oauth = { tokenUrl: tokens.url, clientId: 'bridge', clientSecretFile: `${files.path}/secret` };
  const call = callWith({ url: registry.url, fallbackUrls: [registry.url], auth: { type: 'oauth', oauth } });
  for (let time = 0; time < 3; time++)
    await expect(call('GET', '/')).rejects.toMatchObject({
      code: 'token-refused',
      exitCode: ExitCode.denied,
      message: expect.stringMatching(
        /registry\.auth\.oauth\.tokenUrl.*registry\.auth\.oauth\.clientSecretFile/,
      ),
    });
  expect([tokens.asked.length, registry.asked.length]).toEqual([1, 0]);
});

test('an answer larger than any schema is not kept', async () => {
  await using registry = await answerAs(() => ({ status: 200, body: `"${'x'.repeat(5_000_000)}"` }));
  await expect(callWith(registry)('GET', '/subjects')).rejects.toMatchObject({
    code: 'registry-unreachable',
    message: expect.stringContaining('the answer is larger than'),
  });
});

const asRegistry = (url: string) => createRegistry({ url, requestTimeoutMs: patientMs });

test.each<[string, unknown]>([
  ['an empty object', {}],
  ['a list', []],
  ['an id that is text', { id: '1', version: 1, schema: '"string"' }],
  ['a schema that is an object', { id: 1, version: 1, schema: {} }],
  ['another kind of schema', { id: 1, version: 1, schema: '{}', schemaType: 'JSON' }],
  ['references that are none', { id: 1, version: 1, schema: '{}', references: [null] }],
  ['a reference without a subject', { id: 1, version: 1, schema: '{}', references: [{ version: 1 }] }],
])('a version that is not one is named: %s', async (_, body) => {
  await using registry = await answerAs(() => ({ status: 200, body }));
  await expect(asRegistry(registry.url).latest('a-value')).rejects.toMatchObject({
    code: 'registry-unexpected',
    exitCode: ExitCode.unavailable,
  });
});

test('schemas that refer to each other end the look-up', async () => {
  await using registry = await answerAs(({ path }) => {
    const other = path.includes('one') ? 'two' : 'one';
    const references = [{ name: other, subject: other, version: 1 }];
    return { status: 200, body: { id: 1, version: 1, schema: '"string"', references } };
  });
  const { references } = await asRegistry(registry.url).latest('a-value');
  expect(references).toHaveLength(2);
  expect(registry.asked).toHaveLength(3);
});

test('a schema that refers to very many others is refused', async () => {
  await using registry = await answerAs((_asked, before) => {
    const references = [{ name: 'next', subject: `next${before}`, version: 1 }];
    return { status: 200, body: { id: 1, version: 1, schema: '"string"', references } };
  });
  await expect(asRegistry(registry.url).latest('a-value')).rejects.toThrow(/refers to more than 100 others/);
});

test('what is referred to from two sides is asked for once, and stands before both', async () => {
  const refersTo: Record<string, string[]> = { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] };
  await using registry = await answerAs(({ path }) => {
    const subject = path.split('/')[2] ?? '';
    const references = refersTo[subject]?.map((each) => ({ name: each, subject: each, version: 1 }));
    return { status: 200, body: { id: 1, version: 1, schema: subject, references } };
  });
  const { references } = await asRegistry(registry.url).latest('a');
  expect(references).toEqual(['d', 'b', 'c']);
  expect(registry.asked).toHaveLength(4);
});

test('a registration that is refused is told apart: incompatible, or not allowed', async () => {
  const bodies = {
    409: { error_code: 409, message: 'Schema being registered is incompatible' },
    422: { error_code: 42205, message: 'Subject a-value is in read-only mode' },
  };
  for (const [status, body] of Object.entries(bodies)) {
    await using registry = await answerAs(() => ({ status: Number(status), body }));
    const registering = asRegistry(registry.url).register('a-value', '"string"');
    await expect(registering).rejects.toMatchObject({
      exitCode: status === '409' ? ExitCode.data : ExitCode.unavailable,
      message: expect.stringContaining(body.message),
    });
    await expect(registering).rejects.not.toThrow(/check registry\.url/);
  }
});

test.each([
  ['BACKWARD', ['/versions/latest']],
  ['FULL_TRANSITIVE', ['/versions', '/versions/latest']],
])(
  'with %s a schema is compared with what that level says; where the registry knows no more, with the latest',
  async (compatibilityLevel, asked) => {
    await using registry = await answerAs(({ path }) => {
      if (path.startsWith('/config/')) return { status: 200, body: { compatibilityLevel } };
      if (path.endsWith('/latest')) return { status: 200, body: { is_compatible: false } };
      return { status: 405, body: { error_code: 405, message: 'HTTP 405 Method Not Allowed' } };
    });
    expect(await asRegistry(registry.url).accepts('a-value', '"string"')).toBe(false);
    expect(registry.asked.slice(1).map(({ path }) => path)).toEqual(
      asked.map((path) => `/compatibility/subjects/a-value${path}`),
    );
  },
);

test('an id is looked up in the context of its subject', async () => {
  const subject = ':.team:a-value';
  await using registry = await answerAs(({ path }) =>
    path.startsWith('/schemas/ids/7/versions')
      ? {
          status: 200,
          body: [
            { subject: 'a-value', version: 9 },
            { subject, version: 3 },
          ],
        }
      : { status: 200, body: { id: 7, version: 3, schema: '"string"' } },
  );
  expect(await asRegistry(registry.url).byId(subject, 7)).toMatchObject({ subject, id: 7, version: 3 });
  expect(registry.asked.map(({ path }) => decodeURIComponent(path))).toEqual([
    `/schemas/ids/7/versions?subject=${subject}`,
    `/subjects/${subject}/versions/3`,
  ]);
});
