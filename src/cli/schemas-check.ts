import { Command } from 'commander';
import { readOnly } from '../encode/choose.ts';
import { whatBreaks } from '../encode/compatibility.ts';
import type { RegisteredSchema } from '../encode/encoder.ts';
import { readSchema, type RecordSchema } from '../encode/field-type.ts';
import { createRegistry, type Registry } from '../encode/registry.ts';
import { chooseWritable } from '../encode/writable.ts';
import { BridgeError, ExitCode, reasonOf } from '../errors.ts';
import { exitCodeOf, failureOf } from '../verdict.ts';
import { registryAt } from '../where-asked.ts';
import { type OurSubject, ourSubjects, schemasConfig, schemasNeeds } from './schemas-subjects.ts';
import { withSettings } from './settings.ts';
import { tell, whatFailed } from './stderr.ts';
import { print, printJson } from './stdout.ts';
import { secondsOf, waitingFor, withTimeout } from './waiting.ts';

/** What was found out about a subject. */
interface Checked {
  readonly subject: string;
  /** What the bridge would write with, and whether without defaults that can't be written; null where it can't write. */
  readonly inUse: { readonly version: number; readonly id: number; readonly dropsDefaults: boolean } | null;
  /** Whether the registry would take this release's schema; null where that wasn't asked. */
  readonly compatible: boolean | null;
  /** Who can't read what, and why: a sentence each. */
  readonly unreadable: readonly string[];
  readonly problem: BridgeError | null;
}

/**
 * `schemas check`: whether the bridge can write with what the registry has (78 where not), whether the registry would take this release's
 * schemas (65 where not), and which field keeps which readers from reading.
 */
export function checkSchemasCommand(): Command {
  const command = new Command('check')
    .description(
      "check that the bridge can write the registry's versions, whether the registry would take this release's, and who could read what",
    )
    .option('--json', 'print what was found as JSON');
  return withSettings(withTimeout(command), schemasNeeds).action(async () => {
    const config = schemasConfig(command);
    const isJson = command.opts()['json'] === true;
    const registry = createRegistry(config.registry);
    const checked: Checked[] = [];
    const told = new Set<string>();
    await waitingFor(registryAt(config.registry), secondsOf(command), async () => {
      for (const ours of ourSubjects(config)) {
        const each = await check(ours, registry);
        checked.push(each);
        if (!isJson) print(inWords(each));
        // What is wrong with the way to the registry is the same for each subject.
        if (each.problem === null || told.has(each.problem.message)) continue;
        told.add(each.problem.message);
        tell(`failed: ${each.problem.message}`);
      }
    });
    const problems = checked.flatMap(({ problem }) => problem ?? []);
    const exitCode = exitCodeOf(problems.map(failureOf));
    if (isJson) printJson(factsOf(checked, exitCode));
    if (problems.length === 0) return;
    throw new BridgeError(whatFailed(told.size, 'the schemas'), { code: 'schemas-unfit', exitCode });
  });
}

/** @throws BridgeError where the registry can't be asked: that is the same for every subject */
async function check(ours: OurSubject, registry: Registry): Promise<Checked> {
  const { use, subject, choice, schema } = ours;
  const nothing = { subject, inUse: null, compatible: null, unreadable: [] };
  try {
    const { schema: inUse, refused: latest } = await chooseWritable(registry, use, readOnly(choice));
    const { version, id, dropsDefaults = false } = inUse;
    const compatible = await registry.accepts(subject, schema);
    const unreadable = await readers(ours, inUse, registry);
    return {
      subject,
      inUse: { version, id, dropsDefaults },
      compatible,
      unreadable,
      problem: latest?.error ?? (compatible ? null : refused(subject)),
    };
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code.startsWith('registry-')) throw error;
    return { ...nothing, problem: error };
  }
}

function refused(subject: string): BridgeError {
  const message = `the registry would refuse this release's schema for ${subject}: ask the schemas' owner`;
  return new BridgeError(message, { code: 'schema-incompatible', exitCode: ExitCode.data });
}

function inWords({ subject, inUse, compatible, unreadable }: Checked): string {
  if (inUse === null) return '';
  const verdict = compatible === true ? 'compatible' : 'NOT compatible';
  const how = inUse.dropsDefaults ? 'is written without the defaults that can not be' : 'can be written';
  const head = `${subject}: version ${inUse.version} (schema id ${inUse.id}) ${how}; this release's is ${verdict}`;
  return `${[head, ...unreadable.map((line) => `  ${line}`)].join('\n')}\n`;
}

function factsOf(checked: readonly Checked[], exitCode: ExitCode) {
  const subjects = checked.map((each) => ({ ...each, problem: each.problem?.message ?? null }));
  return { fit: exitCode === ExitCode.ok, exitCode, subjects };
}

/** What readers with one version could not read of another: consumers may still have any of the versions. */
async function readers(
  { subject, schema }: OurSubject,
  inUse: RegisteredSchema,
  registry: Registry,
): Promise<string[]> {
  const written = readSchema(inUse.schema, inUse.references).type;
  const lines = whatBreaks(readSchema(schema).type, written).map(
    (why) => `readers with this release's schema can't read version ${inUse.version}: ${why}`,
  );
  for (const version of await registry.versions(subject)) {
    if (version === inUse.version) continue;
    const read = readable(await registry.version(subject, version));
    if (typeof read === 'string') {
      lines.push(`version ${version} can't be compared: ${read}`);
      continue;
    }
    for (const why of whatBreaks(read, written))
      lines.push(`readers with version ${version} can't read version ${inUse.version}: ${why}`);
    for (const why of whatBreaks(written, read))
      lines.push(`readers with version ${inUse.version} can't read version ${version}: ${why}`);
  }
  return lines;
}

/** @returns a version's type, or why it is none; what isn't written with may be anything */
function readable({ schema, references }: RegisteredSchema): RecordSchema['type'] | string {
  try {
    return readSchema(schema, references).type;
  } catch (error) {
    return reasonOf(error);
  }
}
