import { Command } from 'commander';
import { chooseSchema, readOnly } from '../encode/choose.ts';
import { whatBreaks } from '../encode/compatibility.ts';
import { checkWritable, type RegisteredSchema } from '../encode/encoder.ts';
import { readSchema, type RecordSchema } from '../encode/field-type.ts';
import { createRegistry, type Registry } from '../encode/registry.ts';
import { BridgeError, ExitCode, reasonOf } from '../errors.ts';
import { exitCodeOf, failureOf } from '../verdict.ts';
import { type OurSubject, ourSubjects, schemasConfig, schemasNeeds } from './schemas-subjects.ts';
import { withSettings } from './settings.ts';

/**
 * `schemas check`: whether the bridge can write with what the registry has (78 where not), whether the registry would take this release's
 * schemas (65 where not), and which field keeps which readers from reading.
 */
export function checkSchemasCommand(): Command {
  const command = new Command('check').description(
    "check that the bridge can write the registry's versions, whether the registry would take this release's, and who could read what",
  );
  return withSettings(command, schemasNeeds).action(async () => {
    const config = schemasConfig(command);
    const registry = createRegistry(config.registry);
    const problems: BridgeError[] = [];
    for (const ours of ourSubjects(config)) {
      try {
        await check(ours, registry);
      } catch (error) {
        // What is wrong with the registry itself is the same for every subject.
        if (!(error instanceof BridgeError) || error.code.startsWith('registry-')) throw error;
        problems.push(error);
      }
    }
    if (problems.length === 0) return;
    const message = problems.map((problem) => problem.message).join('\n');
    throw new BridgeError(message, { code: 'schemas-unfit', exitCode: exitCodeOf(problems.map(failureOf)) });
  });
}

/** Prints what there is to say of a subject. @throws BridgeError where the bridge can't write with it, or the registry would refuse ours */
async function check(ours: OurSubject, registry: Registry): Promise<void> {
  const { kind, subject, choice, schema } = ours;
  const inUse = await chooseSchema(registry, readOnly(choice));
  checkWritable(kind === 'dead-letters' ? 'deadLetters' : kind, inUse);
  const isTaken = await registry.accepts(subject, schema);
  const verdict = isTaken ? 'compatible' : 'NOT compatible';
  process.stdout.write(
    `${subject}: version ${inUse.version} (schema id ${inUse.id}) can be written; this release's is ${verdict}\n`,
  );
  for (const line of await readers(ours, inUse, registry)) process.stdout.write(`  ${line}\n`);
  if (isTaken) return;
  const message = `the registry would refuse this release's schema for ${subject}: ask the schemas' owner`;
  throw new BridgeError(message, { code: 'schema-incompatible', exitCode: ExitCode.data });
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
