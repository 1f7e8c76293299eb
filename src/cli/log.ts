import pino, { type Logger } from 'pino';
import type { Config } from '../config/schema.ts';

/** JSON lines on stderr: stdout is for data. Written at once, so that the last line before an exit isn't lost. */
export function createLog(level: Config['log']['level']): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
