import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { BridgeError, ExitCode, UsageError } from '../errors.ts';
import { hashOf, maxTokenFileBytes, readTokenLines } from '../session/token-lines.ts';
import { readAtMost } from './input-file.ts';
import { tellPlain } from './stderr.ts';
import { printLine } from './stdout.ts';

/** 256 bits: beyond guessing, and short enough for NetBackup's configuration. */
const tokenBytes = 32;

/** `token generate` and `token hash`: the token, or its hash, alone on stdout, so that it can be redirected into the token directory. */
export function tokenCommand(): Command {
  const command = new Command('token').description('tokens for primaries');
  command
    .command('generate')
    .description('print a new random token, e.g. > tokens/primary1; give the same to NetBackup')
    .action(() => {
      printLine(randomBytes(tokenBytes).toString('base64url'));
    });
  const hash = command
    .command('hash')
    .description(
      'read a token from stdin and print its hash, which the token directory takes in its place, ' +
        'e.g. < token > tokens/primary1',
    )
    .allowExcessArguments()
    .action(async () => {
      refuseArguments(hash.args);
      if (process.stdin.isTTY) tellPlain('the token, then Enter and Ctrl-D: ');
      printLine(hashOf(onlyToken(await readAtMost(maxTokenFileBytes, process.stdin))));
    });
  return command;
}

/** The arguments of a process are there for every user of the machine to see (ps), and stay in the shell's history. */
function refuseArguments(args: readonly string[]): void {
  if (args.length === 0) return;
  throw new UsageError(
    'token hash takes no argument, since other users would see the token in the list of processes: ' +
      'give it on stdin, e.g. `nbwss-bridge token hash < token`',
  );
}

/** As the token directory is read: without the blanks around it. @param input null where there is too much */
function onlyToken(input: Buffer | null): string {
  if (input === null)
    throw dataError(`there are more than ${maxTokenFileBytes} bytes on stdin: a token is one line`);
  const { tokens, problems } = readTokenLines(input, 'stdin');
  if (problems.length > 0) throw dataError(problems.join('; '));
  const [token, ...others] = tokens;
  if (token === undefined) throw dataError('there is no token on stdin: give it as one line');
  if (others.length > 0)
    throw dataError(`there are ${others.length + 1} lines on stdin: a token is one line, give one at a time`);
  if (token.plain === null) throw dataError('what is on stdin is a hash already: give the token itself');
  return token.plain;
}

function dataError(message: string): BridgeError {
  return new BridgeError(message, { code: 'token', exitCode: ExitCode.data });
}
