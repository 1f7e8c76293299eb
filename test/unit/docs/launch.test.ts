import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Node.js's flags that `serve` runs with: what they are for is said in the Dockerfile and docs/adr/0007-our-requests.md. */
const flags = ['--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=16'];

test.each([
  ['the program itself', 'src/main.ts', /^#!.*$/m],
  ['the image', 'Dockerfile', /^ENTRYPOINT .*$/m],
  ['the npm script', 'package.json', /^ *"nbwss-bridge": "node .*$/m],
  ['the tests and the demo', 'tools/bridge-process.ts', /const program: Command = \[[^\]]*\]/],
])('%s starts with the same flags of Node.js', (_, file, command) => {
  const [line = ''] = command.exec(readFileSync(file, 'utf8')) ?? [];
  for (const flag of flags) expect(line).toContain(flag);
});

test.each([
  ['the image', 'Dockerfile', /^ENTRYPOINT .*$/m],
  ['the npm script', 'package.json', /^ *"nbwss-bridge": "node .*$/m],
  ['the tests and the demo', 'tools/bridge-process.ts', /const program: Command = \[[^\]]*\]/],
])(
  '%s, which has a Node.js that knows it, opens no inspector from the first moment on',
  (_, file, command) => {
    expect(command.exec(readFileSync(file, 'utf8'))?.[0]).toContain('--disable-sigusr1');
  },
);
