import { Command } from 'commander';
import { createRegistry, type Registry } from '../encode/registry.ts';
import { BridgeError, ExitCode } from '../errors.ts';
import { registryAt } from '../where-asked.ts';
import { checkSchemasCommand } from './schemas-check.ts';
import { diffSchemasCommand } from './schemas-diff.ts';
import { listSchemasCommand } from './schemas-list.ts';
import { type OurSubject, ourSubjects, schemasConfig, schemasNeeds } from './schemas-subjects.ts';
import { withSettings } from './settings.ts';
import { goOnWithoutReader, printLine } from './stdout.ts';
import { secondsOf, waitingFor, withTimeout } from './waiting.ts';

/** `schemas list|check|diff|register`: 65 for a schema that the registry refuses, 69 when it does not answer. */
export function schemasCommand(): Command {
  return new Command('schemas')
    .description('the Avro schemas of the topics, in the schema registry')
    .addCommand(listSchemasCommand())
    .addCommand(checkSchemasCommand())
    .addCommand(diffSchemasCommand())
    .addCommand(registerSchemasCommand());
}

function registerSchemasCommand(): Command {
  const command = new Command('register')
    .description('register the schemas of this release; the same schema again changes nothing')
    .option(
      '--dry-run',
      'say what would be registered, and whether the registry would refuse it; write nothing',
    );
  return withSettings(withTimeout(command), schemasNeeds).action(async () => {
    const config = schemasConfig(command);
    const registry = createRegistry(config.registry);
    const refused: string[] = [];
    goOnWithoutReader();
    await waitingFor(registryAt(config.registry), secondsOf(command), async () => {
      for (const ours of ourSubjects(config)) {
        if (command.opts()['dryRun'] !== true) {
          const { id } = await registry.register(ours.subject, ours.schema);
          printLine(`${ours.subject}: schema id ${id}`);
          continue;
        }
        const plan = await planFor(ours, registry);
        printLine(`${ours.subject}: ${plan ?? 'would be refused: it is not compatible'}`);
        if (plan === null) refused.push(ours.subject);
      }
    });
    if (refused.length > 0) {
      const message = `the registry would refuse ${refused.join(', ')}: \`nbwss-bridge schemas check\` says why`;
      throw new BridgeError(message, { code: 'schema-incompatible', exitCode: ExitCode.data });
    }
  });
}

/** @returns what a registration would do, in words; null where the registry would refuse it */
async function planFor({ subject, schema }: OurSubject, registry: Registry): Promise<string | null> {
  const versions = await registry.versions(subject);
  if (versions.length === 0) return 'would be version 1 of a new subject';
  const found = await registry.find(subject, schema);
  if (found !== null) return `is version ${found.version} already (schema id ${found.id})`;
  if (!(await registry.accepts(subject, schema))) return null;
  return `would be version ${Math.max(...versions) + 1}`;
}
