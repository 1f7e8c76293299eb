/** Texts of others in what commands print: a registry and an endpoint that mean harm to the terminal. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createTestPki } from '../../tools/certificates.ts';
import { currentSchema } from '../../tools/schemas/versions.ts';
import { type AnsweringRegistry, answerAs } from '../helpers/answering-registry.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { response, startScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

const harm = 'x\u001b[31m\u009b2J\u202e\u007f\ry';
// oxlint-disable-next-line no-control-regex
const obeyed = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/;

async function givenRegistry(): Promise<AnsweringRegistry> {
  const registry = await answerAs(({ path }) => {
    if (path.startsWith('/config/')) return { status: 200, body: { compatibilityLevel: harm } };
    if (path.endsWith('/versions')) return { status: 200, body: [1] };
    const schema = currentSchema(path.includes('images') ? 'netbackup-image' : 'netbackup-job');
    return { status: 200, body: { id: 1, version: 1, schema: JSON.stringify(schema) } };
  });
  onTestFinished(() => registry[Symbol.asyncDispose]());
  return registry;
}

function givenFile(name: string, content: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'nbwss-texts-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

describe('a text of the registry', () => {
  test.each([[[]], [['--json']]])('is escaped by schemas list %j', async (more) => {
    const { url } = await givenRegistry();
    const { stdout } = await nbwssBridge(['schemas', 'list', '--registry-url', url, ...more]);
    expect(stdout).toContain('\\u001b[31m\\u009b2J\\u202e\\u007f');
    expect(stdout).not.toMatch(obeyed);
    if (more.length > 0) expect(JSON.parse(stdout)).toMatchObject([{ compatibility: harm }, {}, {}]);
  });

  test('in a logical type is escaped by schemas diff', async () => {
    const { fields } = currentSchema('netbackup-job') as unknown as { readonly fields: readonly object[] };
    const added = {
      name: 'zz',
      type: { type: 'string', logicalType: `lt${harm}\n+ forged: int` },
      default: '',
    };
    const before = givenFile('job.avsc', JSON.stringify(currentSchema('netbackup-job')));
    const after = givenFile(
      'new.avsc',
      JSON.stringify({ ...currentSchema('netbackup-job'), fields: [...fields, added] }),
    );
    const { stdout } = await nbwssBridge(['schemas', 'diff', before, after]);
    expect(stdout).toContain('ltx\\u001b[31m');
    expect(stdout).not.toMatch(obeyed);
    expect(stdout).not.toMatch(/^\+ forged/m);
  });
});

test.each([[[]], [['--json']]])('the reason of a close frame is escaped by probe %j', async (more) => {
  const pki = await createTestPki();
  await using endpoint = await startScriptedEndpoint(pki, {
    onConnect: (message, socket) => socket.send(response(message)),
    onNotification: (_message, socket) => socket.close(4000, harm),
  });
  const { stdout } = await nbwssBridge([
    'probe',
    '--url',
    endpoint.url,
    '--ca-file',
    givenFile('ca.crt', pki.ca),
    '--token-file',
    givenFile('token', 'a-token-of-the-probe'),
    ...more,
  ]);
  expect(stdout).toContain('\\u001b[31m');
  expect(stdout).not.toMatch(obeyed);
});

test('an argument is escaped in what is said of it', async () => {
  const { exitCode, stderr } = await nbwssBridge(['schemas', 'list', `--none${harm}`]);
  expect(exitCode).toBe(64);
  expect(stderr).toContain('\\u001b[31m');
  expect(stderr).not.toMatch(obeyed);
});
