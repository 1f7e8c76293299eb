import { randomBytes } from 'node:crypto';
import { Command } from 'commander';

/** 256 bits: beyond guessing, and short enough for NetBackup's configuration. */
const tokenBytes = 32;

/** `token generate`: the token alone on stdout, so that it can be redirected into the token directory. */
export function tokenCommand(): Command {
  const command = new Command('token').description('tokens for primaries');
  command
    .command('generate')
    .description('print a new random token, e.g. > tokens/primary1; give the same to NetBackup')
    .action(() => {
      process.stdout.write(`${randomBytes(tokenBytes).toString('base64url')}\n`);
    });
  return command;
}
