import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { judgeModes } from '../../../src/cli/file-modes.ts';
import { mountSecret } from '../../helpers/kubernetes-mount.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

let directory: string;
beforeEach(() => {
  const files = temporaryDirectory({ one: 'secret', two: 'secret' });
  onTestFinished(() => files[Symbol.dispose]());
  directory = files.path;
  chmodSync(directory, 0o755);
});

const setting = 'kafka.sasl.passwordFile';
const judge = (...names: string[]) =>
  judgeModes(names.map((name) => ({ setting, file: join(directory, name) })));

test.each([0o600, 0o400, 0o640, 0o660, 0o440, 0o711])('mode %o is nobody else’s business', (mode) => {
  chmodSync(join(directory, 'one'), mode);
  expect(judge('one')).toEqual([]);
});

test.each([
  [0o644, 'read'],
  [0o604, 'read'],
  [0o602, 'change'],
  [0o666, 'change'],
])('mode %o is a warning that says it, what others can do, and what to do', (mode, verb) => {
  chmodSync(join(directory, 'one'), mode);
  const file = join(directory, 'one');
  const text = `every user of this machine can ${verb} ${file} (mode 0${mode.toString(8)}): take that away with chmod o=`;
  expect(judge('one')).toEqual([{ what: setting, state: 'warning', text }]);
});

test('several files of one setting are one warning, which names those that are open', () => {
  chmodSync(join(directory, 'one'), 0o644);
  chmodSync(join(directory, 'two'), 0o600);
  mkdirSync(join(directory, 'three'), { mode: 0o755 });
  const [warning, ...more] = judge('one', 'two', 'three');
  expect(more).toEqual([]);
  expect(warning?.text).toContain(
    `${join(directory, 'one')} (mode 0644), ${join(directory, 'three')} (mode 0755)`,
  );
});

test('a file in a directory that others may not enter is closed, wherever a link to it is', () => {
  const [inner, outer] = [join(directory, 'inner'), join(directory, 'link')];
  mkdirSync(inner, { mode: 0o750 });
  mkdirSync(join(inner, 'deeper'), { mode: 0o755 });
  symlinkSync(join(inner, 'deeper'), outer);
  expect(judge('link')).toEqual([]);
  chmodSync(inner, 0o755);
  expect(judge('link')).toHaveLength(1);
});

test('what Kubernetes has mounted is as the mount has it', () => {
  mkdirSync(join(directory, 'mounted'), { mode: 0o777 });
  mountSecret(join(directory, 'mounted'), { password: 'secret' });
  expect(judge('mounted/password')).toEqual([]);
});

test('what is not there, or can not be looked at, is for others to tell of', () => {
  expect(judge('missing')).toEqual([]);
});
