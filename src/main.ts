#!/usr/bin/env -S node --disable-warning=TimeoutNegativeWarning --max-semi-space-size=16
import { ExitCode } from './errors.ts';

// Node.js would open its inspector, through which every user of the machine could read the key and the tokens. --disable-sigusr1 does the
// same from the first moment on, but an older Node.js ends at a flag that it doesn't know, before it can be told that it is too old.
process.on('SIGUSR1', () => {});

/** The entry: loads the program only into a Node.js that can run it, and says elsewhere which one is needed. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 24 || (major === 24 && minor >= 11)) {
  await import('./cli/program.ts');
} else {
  process.stderr.write(
    `nbwss-bridge: needs Node.js 24.11 or later; this is ${process.version}: https://nodejs.org/en/download\n`,
  );
  process.exitCode = ExitCode.unavailable;
}
