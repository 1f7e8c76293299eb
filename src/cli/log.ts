import pino, { type Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { printable } from '../printable.ts';
import { renameFields } from './log-fields.ts';
import { packageVersion } from './package.ts';

/** The version of ECS whose names the lines use. */
const ecsVersion = '8.17.0';

/**
 * JSON lines on stderr: stdout is for data. Written at once, so that the last line before an exit isn't lost. What others have named
 * (a message id, an Origin) can't end a line, nor command the terminal on which it is read. The fields are docs/logs.md's.
 */
export function createLog(level: Config['log']['level']): Logger {
  const stderr = pino.destination({ fd: 2, sync: true });
  return pino(
    {
      level,
      messageKey: 'message',
      timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
      base: {
        'ecs.version': ecsVersion,
        'service.name': 'nbwss-bridge',
        'service.version': packageVersion(),
      },
      formatters: { level: (label) => ({ 'log.level': label }), log: renameFields },
    },
    { write: (line) => void stderr.write(printable(line)) },
  );
}
