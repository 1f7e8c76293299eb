import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';

interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
  /** Lets the folder stay. */
  keep(): void;
}

/** Makes the folder `<prefix>XXXXXX`; it goes on disposal, or when this process exits before that. */
export async function temporaryDirectory(prefix: string): Promise<TemporaryDirectory> {
  const path = await mkdtemp(prefix);
  // Processes that were killed a moment ago may still be writing: hence the retries.
  const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };
  const removeAtExit = () => rmSync(path, removal);
  process.on('exit', removeAtExit);
  let kept = false;
  const keep = () => {
    kept = true;
    process.off('exit', removeAtExit);
  };
  return {
    path,
    keep,
    async [Symbol.asyncDispose]() {
      if (kept) return;
      await rm(path, removal);
      process.off('exit', removeAtExit);
    },
  };
}
