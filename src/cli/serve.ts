import { EventEmitter } from 'node:events';
import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { ExitCode, faultOf } from '../errors.ts';
import { runService } from '../service.ts';
import { createLog } from './log.ts';
import { packageVersion } from './package.ts';
import { sourcesOf, withSettings } from './settings.ts';

/** `serve`: 0 after a drain, 1 past its deadline or on a second signal, 69 for a port in use, 78 for the configuration. */
export function serveCommand(): Command {
  const command = new Command('serve').description(
    'run the bridge until SIGTERM or SIGINT; then drain: accept nothing more, and answer what is in flight. ' +
      'SIGHUP reads tokens and certificate again',
  );
  return withSettings(command).action(async () => {
    const config = loadConfig(sourcesOf(command));
    const log = createLog(config.log.level);
    const stop = new AbortController();
    const onSignal = (signal: NodeJS.Signals) => {
      if (stop.signal.aborted) {
        log.error({ action: 'stop-forced', 'event.kind': 'audit', signal }, 'second signal: exiting at once');
        process.exit(ExitCode.failure);
      }
      stop.abort(new Error(`stopped by ${signal}`));
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
    const commands = new EventEmitter<{ reload: [] }>();
    process.on('SIGHUP', () => commands.emit('reload'));
    const onBug = (error: unknown) => {
      log.fatal({ action: 'bug', ...faultOf(error) }, 'a bug: exiting');
      process.exit(ExitCode.internal);
    };
    // From here on a bug is a line of the log, too.
    process.removeAllListeners('uncaughtException').on('uncaughtException', onBug);

    const drained = await runService({ config, log, version: packageVersion(), stop: stop.signal, commands });
    // What was given up keeps the Kafka client busy: nothing waits for it.
    process.exit(drained ? ExitCode.ok : ExitCode.failure);
  });
}
