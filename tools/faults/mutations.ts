/** What the tests have to notice: each a lie of the delivery stage, and the test that catches it. */

export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Exactly once in the file. */
  readonly search: string;
  readonly replace: string;
  readonly caughtBy: { readonly project: 'unit' | 'faults'; readonly file: string; readonly test: string };
}

const unit = (file: string, test: string) => ({ project: 'unit', file: `test/unit/${file}`, test }) as const;
const fault = (file: string, test: string) =>
  ({ project: 'faults', file: `test/faults/${file}`, test }) as const;

export const mutants: readonly Mutant[] = [
  {
    name: 'answers before the produce',
    file: 'src/pipeline/pipeline.ts',
    search: 'const refused = await produce(pending);',
    replace: 'const refused = await Promise.race([produce(pending), Promise.resolve([])]);',
    caughtBy: unit('pipeline/delivery.test.ts', 'a delivery resolves only after everything is committed'),
  },
  {
    name: 'answers before the produce, on a real cluster',
    file: 'src/pipeline/pipeline.ts',
    search: 'const refused = await produce(pending);',
    replace: 'const refused = await Promise.race([produce(pending), Promise.resolve([])]);',
    caughtBy: fault(
      'bridge.test.ts',
      '15: every answered entry is in Kafka although the bridge is killed at random points',
    ),
  },
  {
    name: 'drops the verification of the result',
    file: 'src/kafka/batch-producer.ts',
    search: '    verify(result, topic, partition);\n',
    replace: '',
    caughtBy: fault(
      'acknowledgements.test.ts',
      '5: an acknowledgement that does not name the batch is not believed',
    ),
  },
  {
    name: 'forgets one partition',
    file: 'src/produce/producer.ts',
    search: 'if (--open === 0)',
    replace: 'if (--open <= 1)',
    caughtBy: unit(
      'produce/lane.test.ts',
      'a call is confirmed only after all of its partitions, however long one lags',
    ),
  },
  {
    name: 'forgets one partition, on a real cluster',
    file: 'src/produce/producer.ts',
    search: 'if (--open === 0)',
    replace: 'if (--open <= 1)',
    caughtBy: fault(
      'acknowledgements.test.ts',
      '6: of a message only the records of the failing partition are sent again',
    ),
  },
  {
    name: 'does not retry',
    file: 'src/produce/lane.ts',
    search: 'events.retry(to, items.length, attempt, error);',
    replace: 'return items.forEach((item) => item.failed(error));',
    caughtBy: unit(
      'produce/lane.test.ts',
      'a retry is the identical batch, as often as it takes, and nothing overtakes it',
    ),
  },
  {
    name: 'numbers on after a refusal that left something open, on a real cluster',
    file: 'src/kafka/append.ts',
    search: 'if (!isRefusal || !unsure) return thrown;',
    replace: 'if (!isRefusal || unsure || !unsure) return thrown;',
    caughtBy: fault('topics.test.ts', '9: a record that was written, was not confirmed'),
  },
  {
    name: 'sends another batch on a retry',
    file: 'src/produce/lane.ts',
    search: 'await append(to, batch);',
    replace: 'await append(to, [...batch]);',
    caughtBy: unit(
      'produce/lane.test.ts',
      'a retry is the identical batch, as often as it takes, and nothing overtakes it',
    ),
  },
  {
    name: 'enters the window before the commit',
    file: 'src/pipeline/resends.ts',
    search: '      ledger.pending.set(key, seen);\n',
    replace: '      ledger.pending.set(key, seen);\n      ledger.answered.set(key, seen);\n',
    caughtBy: unit('pipeline/resends.test.ts', 'a resend that comes while its message is pending joins it'),
  },
  {
    name: 'has a window without bound',
    file: 'src/pipeline/resends.ts',
    search: 'if (answered.size <= limits.maxPerPrimary && seen.answeredAt > firstKept) break;',
    replace: 'if (seen.answeredAt > firstKept) break;',
    caughtBy: unit('pipeline/resends.test.ts', 'the window holds as many answered messages as the limit'),
  },
  {
    name: 'has a window without an end in time',
    file: 'src/pipeline/resends.ts',
    search: 'if (answered.size <= limits.maxPerPrimary && seen.answeredAt > firstKept) break;',
    replace: 'if (answered.size <= limits.maxPerPrimary) break;',
    caughtBy: unit(
      'pipeline/resends.test.ts',
      'a resend that comes after the answer is answered again, without a second copy, within the window',
    ),
  },
  {
    name: 'leaves the digest out',
    file: 'src/pipeline/resends.ts',
    search: 'return `${digest}${id}`;',
    replace: 'return id;',
    caughtBy: unit('pipeline/resends.test.ts', 'the same id with another payload is a delivery of its own'),
  },
  {
    name: "disconnects an unconfirmed batch's producer",
    file: 'src/kafka/append.ts',
    search: 'if (!holder.retired || holder.holding > 0) return;',
    replace: 'if (!holder.retired) return;',
    caughtBy: unit(
      'kafka/append.test.ts',
      'a producer that is replaced is not disconnected while a lane holds an unconfirmed batch of it',
    ),
  },
  {
    name: 'gives an unconfirmed batch to another producer',
    file: 'src/kafka/append.ts',
    search: 'if (error instanceof DistrustError || holder.killed) {',
    replace: 'if (error instanceof AppendError) {',
    caughtBy: unit(
      'kafka/append.test.ts',
      'a batch whose outcome is unknown stays with its producer until it is confirmed',
    ),
  },
  {
    name: 'leaves batches with a producer that was cut off',
    file: 'src/kafka/append.ts',
    search: 'if (error instanceof DistrustError || holder.killed) {',
    replace: 'if (error instanceof DistrustError) {',
    caughtBy: unit('kafka/append.test.ts', 'a send that never settles costs its producer its sockets'),
  },
  {
    name: 'gives the client frames that are not whole',
    file: 'src/kafka/socket.ts',
    search: 'wholeFrames((frames) => {',
    replace: '((frames: Buffer) => {',
    caughtBy: fault(
      'acknowledgements.test.ts',
      '5: a connection that breaks at any byte, of a request or of a response',
    ),
  },
  {
    name: 'leaves the records of a vanished partition where they are',
    file: 'src/produce/lane.ts',
    search: "if (error.outcome === 'absent' && topic.isGone(to.partition)) {",
    replace: 'if (false) {',
    caughtBy: unit(
      'produce/partitions-vanish.test.ts',
      'what a partition did not confirm before it vanished is placed anew',
    ),
  },
];
