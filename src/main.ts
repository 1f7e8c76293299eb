#!/usr/bin/env -S node --disable-warning=TimeoutNegativeWarning --max-semi-space-size=16
import { ExitCode } from './errors.ts';

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
