import { EventEmitter } from 'node:events';
import {
  type FSWatcher,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchFiles, type WatchOptions } from '../../../src/reload/watch-files.ts';
import { mountSecret } from '../../helpers/kubernetes-mount.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

/** So long that only events can be what a test sees. */
const noPoll = 600_000;
const patience = { timeout: 5_000, interval: 5 };

function givenDirectory(files: Readonly<Record<string, string>> = {}): string {
  const directory = temporaryDirectory(files);
  onTestFinished(() => directory[Symbol.dispose]());
  return directory.path;
}

/** A watch that was called for the first time already, and what it told since. */
async function watching(options: Partial<WatchOptions>) {
  const onChange = vi.fn<() => boolean>(() => true);
  const onUnwatched = vi.fn<WatchOptions['onUnwatched']>();
  const watch = watchFiles({
    files: [],
    directories: [],
    pollIntervalMs: noPoll,
    quietMs: 20,
    onChange,
    onUnwatched,
    ...options,
  });
  onTestFinished(() => watch[Symbol.dispose]());
  await vi.waitFor(() => expect(options.onChange ?? onChange).toHaveBeenCalledOnce(), patience);
  return {
    onChange,
    onUnwatched,
    stop: () => watch[Symbol.dispose](),
    calls: (count: number) => vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(count), patience),
  };
}

/** A system whose events the test makes. */
function manualEvents() {
  const watchers: (EventEmitter & { readonly onEvent: () => void; close: () => void })[] = [];
  return {
    watchers,
    fire: () => watchers.at(-1)?.onEvent(),
    watchDirectory(_directory: string, onEvent: () => void): FSWatcher {
      const watcher = Object.assign(new EventEmitter(), { onEvent, close: vi.fn<() => void>() });
      watchers.push(watcher);
      return watcher as unknown as FSWatcher;
    },
  };
}

function refusing(code: string): NonNullable<WatchOptions['watchDirectory']> {
  return () => {
    throw Object.assign(new Error(`${code}: refused`), { code });
  };
}

test('tells of a file that is written again', async () => {
  const directory = givenDirectory({ key: 'one' });
  const { calls } = await watching({ files: [join(directory, 'key')] });
  writeFileSync(join(directory, 'key'), 'two');
  await calls(2);
  writeFileSync(join(directory, 'key'), 'one');
  await calls(3);
});

test('tells of a file that another one takes the place of', async () => {
  const directory = givenDirectory({ key: 'one', next: 'two' });
  const { calls } = await watching({ files: [join(directory, 'key')] });
  renameSync(join(directory, 'next'), join(directory, 'key'));
  await calls(2);
});

test.each<[string, (directory: string) => void]>([
  ['a file that comes', (directory) => writeFileSync(join(directory, 'new'), '')],
  ['a file that goes', (directory) => rmSync(join(directory, 'one'))],
  [
    'a file that is called otherwise',
    (directory) => renameSync(join(directory, 'one'), join(directory, 'two')),
  ],
  ['a file that is written again', (directory) => writeFileSync(join(directory, 'one'), 'else')],
])('tells of %s in a directory', async (_what, change) => {
  const directory = givenDirectory({ one: 'one' });
  const { calls } = await watching({ directories: [directory] });
  change(directory);
  await calls(2);
});

test('tells of each swap of `..data` in a mount of Kubernetes', async () => {
  const directory = givenDirectory();
  mountSecret(directory, { 'tls.crt': 'c1', 'tls.key': 'k1' });
  const files = ['tls.crt', 'tls.key'].map((name) => join(directory, name));
  const pair = await watching({ files });
  const tokens = await watching({ directories: [directory] });
  for (const [index, version] of ['2', '3', '4'].entries()) {
    mountSecret(directory, { 'tls.crt': `c${version}`, 'tls.key': `k${version}` });
    await Promise.all([pair.calls(index + 2), tokens.calls(index + 2)]);
  }
});

test('does not tell of a file that is touched, nor of one beside those it watches', async () => {
  const directory = givenDirectory({ key: 'one', other: 'one' });
  const { calls } = await watching({ files: [join(directory, 'key')] });
  utimesSync(join(directory, 'key'), 1, 1);
  writeFileSync(join(directory, 'other'), 'two');
  writeFileSync(join(directory, 'key'), 'two');
  await calls(2);
});

test('the poll finds what the system tells nothing of', async () => {
  const elsewhere = givenDirectory({ target: 'one' });
  const directory = givenDirectory();
  symlinkSync(join(elsewhere, 'target'), join(directory, 'key'));
  const { calls, onUnwatched } = await watching({ files: [join(directory, 'key')], pollIntervalMs: 30 });
  writeFileSync(join(elsewhere, 'target'), 'two');
  await calls(2);
  expect(onUnwatched).not.toHaveBeenCalled();
});

test.each(['EMFILE', 'ENOSPC', 'EACCES'])(
  'the poll goes on alone where the system refuses a watch with %s, which is told once',
  async (code) => {
    const directory = givenDirectory({ key: 'one' });
    const options = { directories: [directory], pollIntervalMs: 30, watchDirectory: refusing(code) };
    const { calls, onUnwatched } = await watching(options);
    for (const count of [2, 3]) {
      writeFileSync(join(directory, 'key'), `version ${count}`);
      await calls(count);
    }
    expect(onUnwatched.mock.calls).toEqual([[directory, expect.objectContaining({ code })]]);
  },
);

test('the poll goes on alone when a watch fails later, and the next look tries it again', async () => {
  const directory = givenDirectory({ key: 'one' });
  const system = manualEvents();
  const { calls, onUnwatched } = await watching({
    directories: [directory],
    pollIntervalMs: 30,
    watchDirectory: system.watchDirectory,
  });
  const [first] = system.watchers;
  first?.emit('error', Object.assign(new Error('gone'), { code: 'EIO' }));
  expect(onUnwatched).toHaveBeenCalledExactlyOnceWith(directory, expect.objectContaining({ code: 'EIO' }));
  expect(first?.close).toHaveBeenCalled();
  writeFileSync(join(directory, 'key'), 'two');
  await calls(2);
  await vi.waitFor(() => expect(system.watchers.length).toBeGreaterThan(1), patience);
});

test('a watch that fails again and again is told of once', async () => {
  const directory = givenDirectory({ key: 'one' });
  const system = manualEvents();
  const { onUnwatched } = await watching({
    directories: [directory],
    pollIntervalMs: 10,
    watchDirectory: system.watchDirectory,
  });
  for (const count of [1, 2, 3]) {
    await vi.waitFor(() => expect(system.watchers).toHaveLength(count), patience);
    system.watchers.at(-1)?.emit('error', Object.assign(new Error('gone'), { code: 'EIO' }));
  }
  expect(onUnwatched).toHaveBeenCalledOnce();
});

test('a directory that is not there yet is told of, and found once it is', async () => {
  const directory = join(givenDirectory(), 'mount');
  const { calls, onUnwatched } = await watching({ directories: [directory], pollIntervalMs: 30 });
  expect(onUnwatched.mock.calls).toEqual([[directory, expect.objectContaining({ code: 'ENOENT' })]]);
  mkdirSync(directory);
  await calls(2);
});

test('a directory that is made anew is watched like the one before', async () => {
  const directory = join(givenDirectory(), 'mount');
  mkdirSync(directory);
  const { calls, onUnwatched } = await watching({ directories: [directory] });
  renameSync(directory, `${directory}.old`);
  mkdirSync(directory);
  writeFileSync(join(directory, 'one'), 'one');
  await calls(2);
  writeFileSync(join(directory, 'one'), 'two');
  await calls(3);
  expect(onUnwatched).not.toHaveBeenCalled();
});

test('what could not be used is told again at every look, until it could', async () => {
  const directory = givenDirectory({ key: 'one' });
  let usable = false;
  const onChange = vi.fn<() => boolean>(() => usable);
  await watching({ directories: [directory], pollIntervalMs: 10, onChange });
  await vi.waitFor(() => expect(onChange.mock.calls.length).toBeGreaterThan(3), patience);
  usable = true;
  await vi.waitFor(() => expect(onChange).toHaveLastReturnedWith(true), patience);
  const calls = onChange.mock.calls.length;
  writeFileSync(join(directory, 'key'), 'two');
  await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(calls + 1), patience);
});

test('tells of what was there before, when it takes the place of what could not be used', async () => {
  const directory = givenDirectory({ key: 'one' });
  let usable = true;
  const onChange = vi.fn<() => boolean>(() => usable);
  await watching({ directories: [directory], onChange });
  usable = false;
  writeFileSync(join(directory, 'stray'), '');
  await vi.waitFor(() => expect(onChange).toHaveLastReturnedWith(false), patience);
  usable = true;
  rmSync(join(directory, 'stray'));
  await vi.waitFor(() => expect(onChange).toHaveLastReturnedWith(true), patience);
});

test('events that never cease do not put off a look for ever', async () => {
  const directory = givenDirectory({ key: 'one' });
  const system = manualEvents();
  const { calls } = await watching({
    directories: [directory],
    quietMs: 100,
    watchDirectory: system.watchDirectory,
  });
  const storm = setInterval(system.fire, 5);
  onTestFinished(() => clearInterval(storm));
  writeFileSync(join(directory, 'key'), 'two');
  await calls(2);
});

test('what never ends, such as a device, holds up nothing', async () => {
  const directory = givenDirectory();
  symlinkSync('/dev/zero', join(directory, 'device'));
  const { calls } = await watching({ directories: [directory] });
  writeFileSync(join(directory, 'key'), 'one');
  await calls(2);
});

test('tells nothing any more and watches nothing once it is disposed', async () => {
  const directory = givenDirectory({ key: 'one' });
  const system = manualEvents();
  const options = { directories: [directory], pollIntervalMs: 10, watchDirectory: system.watchDirectory };
  const stopped = await watching(options);
  stopped.stop();
  const looks = system.watchers.length;
  expect(system.watchers.at(-1)?.close).toHaveBeenCalled();
  const { calls } = await watching({ ...options, watchDirectory: manualEvents().watchDirectory });
  writeFileSync(join(directory, 'key'), 'two');
  await calls(2);
  expect(stopped.onChange).toHaveBeenCalledOnce();
  expect(system.watchers).toHaveLength(looks);
});
