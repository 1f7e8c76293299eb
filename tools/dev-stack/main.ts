/** `node tools/dev-stack/main.ts`: runs the development stack until Ctrl-C. */
import { parseArgs } from 'node:util';
import { BridgeError, ExitCode, UsageError, reasonOf } from '../../src/errors.ts';
import { fetchPrograms } from './fetch.ts';
import { startDevStack } from './stack.ts';

const USAGE = `usage: node tools/dev-stack/main.ts [--brokers 1|3] [--fetch-only]

Starts Kafka and a schema registry on 127.0.0.1, prints their addresses and runs until Ctrl-C; all data go then.
  --brokers     1 (default) or 3
  --fetch-only  only fetch the programs into the cache`;

const progress = (line: string) => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { brokers, fetchOnly, help } = options();
  if (help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  // Until the stack is up there is nothing to wait for: the exit takes its processes and folders along.
  let onSignal: () => void = () => process.exit(ExitCode.failure);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onSignal());
  if (fetchOnly) {
    await fetchPrograms(progress);
    return;
  }
  await using stack = await startDevStack({ brokers, onProgress: progress });
  process.stdout.write(`bootstrap servers  ${stack.bootstrapServers.join(',')}\n`);
  process.stdout.write(`schema registry    ${stack.registryUrl}\n`);
  progress(`logs in ${stack.runDirectory}; Ctrl-C stops it all`);
  await new Promise<void>((resolve) => {
    onSignal = resolve;
  });
}

function options(): { brokers: 1 | 3; fetchOnly: boolean; help: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        brokers: { type: 'string', default: '1' },
        'fetch-only': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const brokers = values.brokers === '1' ? 1 : values.brokers === '3' ? 3 : undefined;
    if (brokers === undefined) throw new UsageError(`--brokers is 1 or 3, not '${values.brokers}'`);
    return { brokers, fetchOnly: values['fetch-only'], help: values.help };
  } catch (error) {
    throw new UsageError(`${reasonOf(error)}\n${USAGE}`);
  }
}

try {
  await main();
} catch (error) {
  progress(`error: ${reasonOf(error)}`);
  process.exitCode = error instanceof BridgeError ? error.exitCode : ExitCode.internal;
}
