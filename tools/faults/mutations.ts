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
    caughtBy: fault('brokers.test.ts', '1: while all brokers refuse nothing is answered'),
  },
  {
    name: 'forgets one partition',
    file: 'src/produce/call.ts',
    search: 'if (open === 0)',
    replace: 'if (open <= 1)',
    caughtBy: unit(
      'produce/lane.test.ts',
      'a call is confirmed only after all of its partitions, however long one lags',
    ),
  },
  {
    name: 'forgets one partition, on a real cluster',
    file: 'src/produce/call.ts',
    search: 'if (open === 0)',
    replace: 'if (open <= 1)',
    caughtBy: fault(
      'acknowledgements.test.ts',
      '6: of a message only the records of the failing partition are sent again',
    ),
  },
  {
    name: 'does not retry',
    file: 'src/produce/lane.ts',
    search: 'events.retry(to, items.length, attempt, error);',
    replace: 'return items.forEach(({ call }) => call.failed(error));',
    caughtBy: unit(
      'produce/lane.test.ts',
      'a retry is the identical batch, as often as it takes, and nothing overtakes it',
    ),
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
    name: 'gives the client frames that are not whole',
    file: 'src/kafka/whole-frames.ts',
    search: 'if (isNonsense || bytes.length - end < need) break;',
    replace: 'if (isNonsense || bytes.length - end <= 0) break;',
    caughtBy: unit(
      'kafka/whole-frames.test.ts',
      'whatever the chunks, every byte of a whole frame is passed on in order',
    ),
  },
  {
    name: 'leaves the records of a vanished partition where they are',
    file: 'src/produce/lane.ts',
    search: "if (error.outcome === 'unsent' && topic.isGone(to.partition)) {",
    replace: 'if (false) {',
    caughtBy: unit(
      'produce/partitions-vanish.test.ts',
      'what a partition did not confirm before it vanished is placed anew',
    ),
  },
  {
    name: 'moves a number on a failure',
    file: 'src/kafka/append.ts',
    search: '        place.batch = afterUncertain(batch, outcome, startedAt);\n',
    replace:
      '        place.batch = afterUncertain(batch, outcome, startedAt);\n' +
      "        if (place.numbering.is === 'known') place.numbering = numberingAfter(place.numbering.next, batch.records.length);\n",
    caughtBy: unit('kafka/append.test.ts', 'a retry sends the identical bytes under the identical number'),
  },
  {
    name: 'uses the number of a batch that may have been written and was given up',
    file: 'src/kafka/append.ts',
    search: "    place.numbering = { is: 'spoilt', reason: 'GIVEN_UP' };\n",
    replace: '',
    caughtBy: unit('kafka/append.test.ts', 'a batch that is given up after it may have been written'),
  },
  {
    name: 'uses the number of a batch that may have been written and was refused',
    file: 'src/kafka/outcome.ts',
    search: "return failed(doubt === 'none' ? 'refused' : 'number-taken', error);",
    replace: "return failed('refused', error);",
    caughtBy: unit(
      'kafka/append.test.ts',
      'a batch that is refused after it may have been written goes once more',
    ),
  },
  {
    name: 'uses the number of a batch that may have been written and was refused, on a real cluster',
    file: 'src/kafka/outcome.ts',
    search: "return failed(doubt === 'none' ? 'refused' : 'number-taken', error);",
    replace: "return failed('refused', error);",
    caughtBy: fault('topics.test.ts', '9: a record that was written, was not confirmed'),
  },
  {
    name: 'uses the number of a record that was given up',
    file: 'src/kafka/append.ts',
    search: 'if (written === null) return;',
    replace: 'if (written !== undefined) return;',
    caughtBy: unit(
      'kafka/any-cuts.test.ts',
      'whatever is cut, for its size or not, each record is written or given up; in order, and twice only where that is counted',
    ),
  },
  {
    name: 'takes a copy of a larger batch for a confirmation of its beginning',
    file: 'src/kafka/outcome.ts',
    search: "if (errorCode === duplicateSequence && doubt === 'batch') return",
    replace: "if (errorCode === duplicateSequence && doubt !== 'none') return",
    caughtBy: unit(
      'kafka/cut-batches.test.ts',
      'goes once more under a new number: the whole may be written',
    ),
  },
  {
    name: 'goes on numbering after a sequence error',
    file: 'src/kafka/append.ts',
    search: "        place.numbering = { is: 'spoilt', reason: code };\n",
    replace: '',
    caughtBy: unit(
      'kafka/append.test.ts',
      'the partition goes on under a new producer id, and the others do not notice',
    ),
  },
  {
    name: 'takes a leader that steps down for one that wrote nothing',
    file: 'src/kafka/outcome.ts',
    search: 'new Set([2, 17, 19, 21, 29, 31, 35, 76])',
    replace: 'new Set([2, 6, 17, 19, 21, 29, 31, 35, 76])',
    caughtBy: unit('kafka/append.test.ts', 'a batch whose leader has moved goes to the new one'),
  },
  {
    name: 'believes an answer that does not name the partition',
    file: 'src/kafka/sender.ts',
    search: "batch.settle({ is: 'unanswered', error: new UnnamedError(batch), cut: null });",
    replace:
      "batch.settle({ is: 'answered', answer: { ...batch.to, errorCode: 0, baseOffset: 0n, reason: null } });",
    caughtBy: unit('kafka/append.test.ts', 'a partition that the answer does not name is unknown'),
  },
  {
    name: 'believes an answer that does not name the partition, on a real cluster',
    file: 'src/kafka/sender.ts',
    search: "batch.settle({ is: 'unanswered', error: new UnnamedError(batch), cut: null });",
    replace:
      "batch.settle({ is: 'answered', answer: { ...batch.to, errorCode: 0, baseOffset: 0n, reason: null } });",
    caughtBy: fault(
      'acknowledgements.test.ts',
      '5: an acknowledgement that does not name the batch is not believed',
    ),
  },
  {
    name: 'encodes the bytes again on a retry',
    file: 'src/kafka/append.ts',
    search: 'const bytes = batch.bytes ?? (await encode(place, batch, number));',
    replace:
      'const stamped = { ...batch, records: batch.records.map((each) => ({ ...each, timestamp: each.timestamp + batch.failures })) };\n' +
      '      const bytes = await encode(place, stamped, number);\n' +
      '      if (place.batch !== null) place.batch = { ...place.batch, records: batch.records };',
    caughtBy: unit('kafka/append.test.ts', 'a retry sends the identical bytes under the identical number'),
  },
  {
    name: 'reuses the buffer of a request that may still be under way',
    file: 'src/kafka/produce-request.ts',
    search: 'const body = Buffer.allocUnsafe(capacity);',
    replace:
      'const shared = globalThis as { scratch?: Buffer };\n  const body = (shared.scratch ??= Buffer.allocUnsafe(capacity * 4));',
    caughtBy: unit('kafka/sender.test.ts', 'what is sent is a copy'),
  },
  {
    name: 'takes what was never written for something that may have been',
    file: 'src/kafka/sender.ts',
    search: "error instanceof NotSentError ? { is: 'not-sent', error } :",
    replace: '',
    caughtBy: unit('kafka/append.test.ts', 'what was never written is not sent, and not unknown'),
  },
  {
    name: 'sends while the broker throttles',
    file: 'src/kafka/sender.ts',
    search: 'if (remainingMs > 0) {',
    replace: 'if (remainingMs < 0) {',
    caughtBy: unit('kafka/sender.test.ts', 'while the broker throttles nothing goes out'),
  },
  {
    name: 'sends retries over the connection of those that have not failed',
    file: 'src/kafka/broker-senders.ts',
    search: 'if (!isRetry) return to.main;',
    replace: 'if (isRetry || !isRetry) return to.main;',
    caughtBy: unit('kafka/append.test.ts', 'a retry goes by another connection'),
  },
  {
    name: 'gives the value of a field to another that has its name as an alias',
    file: 'src/encode/convert.ts',
    search: 'aliases.find((alias) => !taken.has(alias) && Object.hasOwn(object, alias))',
    replace: 'aliases.find((alias) => Object.hasOwn(object, alias))',
    caughtBy: unit(
      'encode/odd-schemas.test.ts',
      'a value of another type than the field with the alias goes to the field of that name',
    ),
  },
  {
    name: 'counts the odd time of a dead letter for the record behind it',
    file: 'src/encode/projection.ts',
    search: '    converters.forget();\n',
    replace: '',
    caughtBy: unit(
      'encode/odd-times.test.ts',
      'an odd time of an entry that becomes a dead letter is not counted for the next entry',
    ),
  },
  {
    name: 'reads types of other names as one',
    file: 'src/encode/resolution.ts',
    search:
      'return [reader.name, ...(reader.aliases ?? [])].map(unqualified).includes(unqualified(writer.name));',
    replace: 'return reader.name !== undefined || writer.name !== undefined;',
    caughtBy: unit(
      'encode/compatibility-names.test.ts',
      'types of other names are others, in one namespace too',
    ),
  },
];
