import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { digestOf } from './digest.ts';

export interface WatchOptions {
  /** Files, and directories whose files count. They may be missing. */
  readonly files: readonly string[];
  readonly directories: readonly string[];
  /** How often the content is looked at whether or not the system told of a change, in ms. */
  readonly pollIntervalMs: number;
  /** How long it has to be quiet after a change, in ms: a file that is being written, or the second one of a pair, is waited for. */
  readonly quietMs?: number;
  /**
   * Called once at the start, since nobody looked between the first reading and now; then whenever the content has changed. Until it
   * returns true it is called again at every look.
   */
  readonly onChange: () => boolean;
  /** Told of a directory that can't be watched, once for each reason in a row: then only the poll sees its changes. */
  readonly onUnwatched: (directory: string, error: unknown) => void;
  /** `fs.watch`, or what stands for a system that refuses it. */
  readonly watchDirectory?: (directory: string, onEvent: () => void) => FSWatcher;
}

const defaultQuietMs = 1000;
/** Events that never cease put off a look for so many quiet times at most. */
const maxQuietTimes = 5;

/**
 * Watches the directories, never the files: a Kubernetes mount, an editor and a renewal all put a new file, or a new link, in the
 * place of the old one. What the system tells is only an occasion to look; the digest of the content decides.
 *
 * Own code, because a library would answer half of it: the events are one call of `fs.watch`, and the poll, the content and
 * links such as `..data` are needed whatever tells of the events.
 */
export function watchFiles(options: WatchOptions): Disposable {
  const { files, directories, pollIntervalMs, quietMs = defaultQuietMs, onChange, onUnwatched } = options;
  const watchDirectory = options.watchDirectory ?? watchQuietly;
  const watched = new Map<string, FSWatcher>();
  const unwatched = new Map<string, string>();
  const places = new Set([...files.map((file) => dirname(file)), ...directories]);
  let stopped = false;
  let taken: string | null = null;
  let occasion = Promise.withResolvers<void>();
  let settling: NodeJS.Timeout | undefined;
  let settledBy: number | null = null;

  void lookAgainAndAgain();

  return {
    [Symbol.dispose]() {
      // A file system that hangs doesn't hold up the stop: what it may still read is forgotten.
      stopped = true;
      clearTimeout(settling);
      for (const watcher of watched.values()) watcher.close();
      occasion.resolve();
    },
  };

  async function lookAgainAndAgain(): Promise<void> {
    for (;;) {
      // Before the look: a change behind it is an event.
      places.forEach(rewatch);
      const digest = await digestOf([...files, ...directories]);
      if (stopped) return;
      // What could not be used stands between: the content from before it is a change, too.
      if (digest !== taken) taken = onChange() ? digest : null;
      const poll = setTimeout(() => occasion.resolve(), pollIntervalMs);
      await occasion.promise;
      clearTimeout(poll);
      if (stopped) return;
      clearTimeout(settling);
      settledBy = null;
      occasion = Promise.withResolvers();
    }
  }

  /** Anew each time: a directory that was removed and made again has another watch, even under the same inode. */
  function rewatch(directory: string): void {
    const before = watched.get(directory);
    if (before !== undefined) {
      before.close();
      watched.delete(directory);
      unwatched.delete(directory);
    }
    try {
      const watcher = watchDirectory(directory, settle);
      watcher.on('error', (error) => {
        watcher.close();
        watched.delete(directory);
        tellUnwatched(directory, error);
      });
      watched.set(directory, watcher);
    } catch (error) {
      tellUnwatched(directory, error);
    }
  }

  function tellUnwatched(directory: string, error: unknown): void {
    const reason = String((error as NodeJS.ErrnoException).code);
    if (unwatched.get(directory) === reason) return;
    unwatched.set(directory, reason);
    onUnwatched(directory, error);
  }

  function settle(): void {
    settledBy ??= performance.now() + maxQuietTimes * quietMs;
    clearTimeout(settling);
    const waitMs = Math.min(quietMs, settledBy - performance.now());
    settling = setTimeout(() => occasion.resolve(), waitMs);
  }
}

function watchQuietly(directory: string, onEvent: () => void): FSWatcher {
  return watch(directory, { persistent: false }, onEvent);
}
