import { Command } from 'commander';
import { loadGroups } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createEncoder, type RegisteredSchema } from '../encode/encoder.ts';
import { createRegistry, latestSchemas, subjectOf } from '../encode/registry.ts';
import { BridgeError, ExitCode } from '../errors.ts';
import { packagedSchema } from './package.ts';
import { sourcesOf, withSettings } from './settings.ts';

const groups = ['kafka', 'registry'] as const;

/** `schemas register` and `schemas check`: 65 for a schema that the registry refuses, 69 when it does not answer. */
export function schemasCommand(): Command {
  const command = new Command('schemas').description(
    'the Avro schemas of the topics, in the schema registry',
  );

  const register = new Command('register').description(
    'register the schemas of this release; the same schema again changes nothing',
  );
  withSettings(register, groups).action(async () => {
    const config = configurationOf(register);
    const registry = createRegistry(config.registry);
    for (const { subject, schema } of ours(config.kafka.topics)) {
      const { id } = await registry.register(subject, schema);
      process.stdout.write(`${subject}: schema id ${id}\n`);
    }
  });

  const check = new Command('check').description(
    "check that the bridge can write the registry's latest versions, and whether the registry would take this release's",
  );
  withSettings(check, groups).action(async () => {
    const config = configurationOf(check);
    const { topics } = config.kafka;
    const registry = createRegistry(config.registry);
    const schemas = await latestSchemas(registry, topics);
    createEncoder({ topics, schemas, cloudEvents: false });
    const latest: readonly RegisteredSchema[] = Object.values(schemas);
    const refused: string[] = [];
    for (const { subject, schema } of ours(topics)) {
      const taken = await registry.accepts(subject, schema);
      const { id, version } = latest.find((known) => known.subject === subject) ?? {};
      if (!taken) refused.push(subject);
      const verdict = taken ? 'compatible' : 'NOT compatible';
      process.stdout.write(
        `${subject}: version ${version} (schema id ${id}) can be written; this release's is ${verdict}\n`,
      );
    }
    if (refused.length > 0) {
      const message = `the registry would refuse this release's schema for ${refused.join(', ')}: ask the schemas' owner`;
      throw new BridgeError(message, { code: 'schema-incompatible', exitCode: ExitCode.data });
    }
  });

  return command.addCommand(register).addCommand(check);
}

/** These commands ask no broker: of `kafka` they need the topics' names, and so none of its required settings. */
function configurationOf(command: Command): Pick<Config, (typeof groups)[number]> {
  const sources = sourcesOf(command);
  return loadGroups({ ...sources, flags: { ...sources.flags, 'kafka.brokers': 'unused:1' } }, groups);
}

function ours(topics: Config['kafka']['topics']): { subject: string; schema: string }[] {
  return [
    { subject: subjectOf(topics.jobs), schema: packagedSchema('netbackup-job') },
    { subject: subjectOf(topics.images), schema: packagedSchema('netbackup-image') },
    { subject: subjectOf(topics.deadLetters), schema: packagedSchema('dead-letter') },
  ];
}
