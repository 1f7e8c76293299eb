/** A Kafka and a schema registry for tests, from whatever this machine can run. */
import { ConfigError } from '../../src/errors.ts';
import { type DevStackOptions, startDevStack } from '../../tools/dev-stack/stack.ts';

/** What tests know of the stack. */
export interface TestStack extends AsyncDisposable {
  readonly bootstrapServers: string[];
  /** Base URL of a Confluent-compatible registry whose global compatibility level is BACKWARD. */
  readonly registryUrl: string;
}

/**
 * Starts a broker and a registry; disposing of them loses all data.
 * NBWSS_TEST_STACK chooses: `processes` (default, tools/dev-stack) or `containers` (needs a container engine). NBWSS_TEST_BROKERS is the number of
 * brokers of `processes`: 1 (default) or 3.
 * @throws ConfigError for another value, BridgeError when the stack can't be had.
 */
export async function startTestStack(onProgress?: DevStackOptions['onProgress']): Promise<TestStack> {
  const kind = process.env['NBWSS_TEST_STACK'] ?? 'processes';
  switch (kind) {
    case 'processes':
      return startDevStack({
        brokers: brokersToStart(),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
    case 'containers': {
      const { startContainerStack } = await import('./container-stack.ts');
      return startContainerStack();
    }
    default:
      throw new ConfigError([
        `NBWSS_TEST_STACK is '${kind}'; it can be 'processes' (default) or 'containers'`,
      ]);
  }
}

function brokersToStart(): 1 | 3 {
  const brokers = process.env['NBWSS_TEST_BROKERS'] ?? '1';
  if (brokers === '1' || brokers === '3') return brokers === '3' ? 3 : 1;
  throw new ConfigError([`NBWSS_TEST_BROKERS is '${brokers}'; it can be 1 (default) or 3`]);
}
