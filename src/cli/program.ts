import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { Command, CommanderError } from 'commander';
import { checkConfigCommand } from './check-config.ts';
import { completionCommand } from './completion.ts';
import { endpointFileCommand } from './endpoint-file.ts';
import { completeHelp } from './help.ts';
import { packageVersion } from './package.ts';
import { probeCommand } from './probe.ts';
import { replayCommand } from './replay.ts';
import { schemasCommand } from './schemas.ts';
import { serveCommand } from './serve.ts';
import { simulateCommand } from './simulate.ts';
import { stderr, tell } from './stderr.ts';
import { stdout, watchStdout } from './stdout.ts';
import { tailCommand } from './tail.ts';
import { tokenCommand } from './token.ts';
import { topicsCommand } from './topics.ts';
import { BridgeError, ExitCode, faultOf, reasonOf } from '../errors.ts';

/**
 * For each address of a name but the last, in ms, where others connect: the exporter of traces, AWS's SDK (ours is src/outbound/connect.ts). Above 1 s,
 * after which a dropped SYN is repeated, and below their bounds of 3 s and more. Node.js gives 250 ms.
 */
const othersAddressTimeoutMs = 1_500;
setDefaultAutoSelectFamilyAttemptTimeout(othersAddressTimeoutMs);

/** The command line: parses the arguments, runs one command, and turns what it throws into a message and an exit code. */
function createProgram(): Command {
  const program = new Command('nbwss-bridge')
    .description("puts NetBackup's job and image notifications into Kafka as Avro records")
    .version(packageVersion())
    .addCommand(serveCommand())
    .addCommand(checkConfigCommand())
    .addCommand(schemasCommand())
    .addCommand(topicsCommand())
    .addCommand(simulateCommand())
    .addCommand(probeCommand())
    .addCommand(tailCommand())
    .addCommand(replayCommand())
    .addCommand(tokenCommand())
    .addCommand(endpointFileCommand())
    .addCommand(completionCommand());
  for (const command of everyCommand(program)) {
    command
      .exitOverride()
      .showHelpAfterError('(--help lists the options)')
      .configureHelp({ showGlobalOptions: false })
      .configureOutput({ writeOut: stdout.write, writeErr: stderr.write });
    completeHelp(command);
  }
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** How long what a command leaves behind may keep the process, in ms: above what closed connections take. */
const leaveBoundMs = 500;

watchStdout(
  // A reader that has enough (`tail | head`) is the end of the work, and no error.
  () => process.exit(ExitCode.ok),
  (error) => {
    tell(`can't write to stdout, what was written is not whole: ${reasonOf(error)}`);
    process.exit(ExitCode.unavailable);
  },
);
process.on('uncaughtException', (error) => {
  tellBug(error);
  process.exit(ExitCode.internal);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has said what is wrong; its help and version aren't errors.
    process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  } else if (error instanceof BridgeError) {
    tell(error.message);
    process.exitCode = error.exitCode;
  } else {
    tellBug(error);
    process.exitCode = ExitCode.internal;
  }
}

// Connections that were given up would keep the process: it has nothing more to do.
setTimeout(() => process.exit(), leaveBoundMs).unref();

function tellBug(error: unknown): void {
  const { reason, stack = '' } = faultOf(error);
  tell(`a bug: ${reason}\n${stack}`);
}
