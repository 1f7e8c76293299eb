import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkTracing } from '../../src/check-tracing.ts';
import { createTestPki } from '../../tools/certificates.ts';
import { openSilence } from '../helpers/doors.ts';
import { startSpanCollector } from '../helpers/span-collector.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/** `state: text` of each, all of the one setting. */
async function told(endpoint: string | undefined, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const verdicts = await checkTracing(endpoint, env);
  expect(verdicts.every(({ what }) => what === 'tracing.endpoint')).toBe(true);
  return verdicts.map(({ state, text }) => `${state}: ${text}`);
}

test('without an endpoint there is nothing to say', async () => {
  expect(await told(undefined)).toEqual([]);
});

test('a collector that is there is asked nothing', async () => {
  await using collector = await startSpanCollector();
  expect(await told(collector.endpoint)).toEqual([
    expect.stringMatching(/^ok: 127\.0\.0\.1:\d+ can be reached \(no TLS\)$/),
  ]);
  expect(collector.requests).toBe(0);
});

test.each(['', '/', '/v1/metrics', '/v1/traces/'])(
  'a path that is not that of traces is a warning: %j',
  async (path) => {
    await using collector = await startSpanCollector();
    const [, warning = '', ...others] = await told(collector.endpoint.replace('/v1/traces', path));
    expect(warning).toMatch(/^warning: its path \/\S* does not end with \/v1\/traces, .*\/v1\/traces\?$/);
    expect(others).toEqual([]);
  },
);

test('a path of a proxy before that of traces is none', async () => {
  await using collector = await startSpanCollector();
  expect(await told(collector.endpoint.replace('/v1', '/otel/v1'))).toHaveLength(1);
});

test('a collector that is away is a warning, which says what is lost', async () => {
  expect(await told('http://127.0.0.1:1/v1/traces')).toEqual([
    expect.stringMatching(
      /^warning: 127\.0\.0\.1:1 can't be reached \(connect ECONNREFUSED .*\): spans are lost, and nothing else is/,
    ),
  ]);
});

test('one that says nothing in the TLS handshake is given up', async () => {
  await using silence = await openSilence();
  expect(await told(`https://127.0.0.1:${silence.port}/v1/traces`)).toEqual([
    expect.stringContaining("can't be reached (nothing within 3 s)"),
  ]);
});

test("TLS goes by the files of the specification's variables, as the exporter does", async () => {
  const pki = await createTestPki();
  using files = temporaryDirectory({ 'ca.crt': pki.ca, 'tls.crt': pki.cert, 'tls.key': pki.key });
  const at = (name: string) => join(files.path, name);
  await using collector = await startSpanCollector(pki);
  const own = {
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: at('tls.crt'),
    OTEL_EXPORTER_OTLP_CLIENT_KEY: at('tls.key'),
  };
  const known = { ...own, OTEL_EXPORTER_OTLP_CERTIFICATE: at('ca.crt') };
  expect(await told(collector.endpoint, known)).toEqual([
    expect.stringMatching(/^ok: .* can be reached \(TLS\)$/),
  ]);
  expect(await told(collector.endpoint, own)).toEqual([
    expect.stringMatching(/^warning: .*certificate.*OTEL_EXPORTER_OTLP_CERTIFICATE names its CA$/),
  ]);
  const missing = { ...known, OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: at('none') };
  expect(await told(collector.endpoint, missing)).toEqual([
    expect.stringMatching(
      /OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE names .*none: there is nothing of that name/,
    ),
  ]);
});
