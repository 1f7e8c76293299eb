import { mainFile } from '../../tools/bridge-process.ts';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** Gives its arguments a terminal, and exits as they do. */
const program = [
  'import os, pty, sys',
  'sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], stdin_read=lambda _: b"")))',
].join('\n');

/** `nbwss-bridge` as a user runs it who sits before a terminal: stdout and stderr are the same one. @param timeoutMs past it it is killed */
export async function onTerminal(
  args: readonly string[],
  timeoutMs = 30_000,
): Promise<{ readonly exitCode: number | null; readonly shown: string }> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('NBWSS_'));
  const node = [process.execPath, '--disable-warning=TimeoutNegativeWarning', mainFile];
  const child = spawn('python3', ['-c', program, ...node, ...args], {
    env: Object.fromEntries(inherited),
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [shown, exitCode] = await Promise.all([text(child.stdout), ended]);
  return { exitCode, shown: shown.replaceAll('\r\n', '\n') };
}
