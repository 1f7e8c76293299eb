import { Command } from 'commander';
import { readOnly } from '../encode/choose.ts';
import { SchemaError } from '../encode/field-type.ts';
import { createRegistry, type Registry } from '../encode/registry.ts';
import { chooseWritable, type WritableChoice } from '../encode/writable.ts';
import { BridgeError } from '../errors.ts';
import { registryAt } from '../where-asked.ts';
import { type OurSubject, ourSubjects, schemasConfig, schemasNeeds } from './schemas-subjects.ts';
import { withSettings } from './settings.ts';
import { printJson, printLine } from './stdout.ts';
import { secondsOf, waitingFor, withTimeout } from './waiting.ts';

/** What the registry has for one of the subjects. */
interface Listed {
  readonly subject: string;
  readonly versions: readonly number[];
  readonly compatibility: string | null;
  /** The version that the bridge would write with; null where there is none. */
  readonly inUse: { readonly version: number; readonly id: number; readonly dropsDefaults: boolean } | null;
  /** Why the version that the settings choose can't be written with as it is; null where it can. */
  readonly refused: { readonly version: number | null; readonly reason: string } | null;
  /** Whether this release's own schema is one of them, and which. */
  readonly ours: { readonly version: number; readonly id: number } | null;
}

/** `schemas list`: what the registry has, and what the bridge would use of it. */
export function listSchemasCommand(): Command {
  const command = new Command('list')
    .description(
      'the subjects, their versions and compatibility, and the version that the bridge would write with',
    )
    .option('--json', 'as JSON');
  return withSettings(withTimeout(command), schemasNeeds).action(async () => {
    const config = schemasConfig(command);
    const isJson = command.opts()['json'] === true;
    const registry = createRegistry(config.registry);
    const listed: Listed[] = [];
    await waitingFor(registryAt(config.registry), secondsOf(command), async () => {
      for (const ours of ourSubjects(config)) {
        const each = await list(ours, registry);
        listed.push(each);
        if (!isJson) inWords(each).forEach(printLine);
      }
    });
    if (isJson) printJson(listed);
  });
}

async function list({ use, subject, choice, schema }: OurSubject, registry: Registry): Promise<Listed> {
  const versions = await registry.versions(subject);
  const nothing = { subject, versions, compatibility: null, inUse: null, refused: null, ours: null };
  if (versions.length === 0) return nothing;
  return {
    ...nothing,
    compatibility: await registry.compatibility(subject),
    ...(await chooseWritable(registry, use, readOnly(choice)).then(factsOf, withoutWritable)),
    ours: await registry.find(subject, schema),
  };
}

function factsOf({ schema, refused }: WritableChoice): Pick<Listed, 'inUse' | 'refused'> {
  const { version, id, dropsDefaults = false } = schema;
  return {
    inUse: { version, id, dropsDefaults },
    refused: refused && { version: refused.schema.version, reason: refused.error.message },
  };
}

function withoutWritable(error: unknown): Pick<Listed, 'inUse' | 'refused'> {
  if (error instanceof BridgeError && error.code === 'version-missing') return { inUse: null, refused: null };
  if (!(error instanceof SchemaError)) throw error;
  return { inUse: null, refused: { version: null, reason: error.message } };
}

function inWords({ subject, versions, compatibility, inUse, refused, ours }: Listed): string[] {
  if (versions.length === 0) return [subject, '  not registered (nbwss-bridge schemas register)'];
  const version = (of: Listed['ours']) =>
    of === null ? 'none' : `version ${of.version} (schema id ${of.id})`;
  return [
    subject,
    `  versions       ${versions.join(', ')}`,
    `  compatibility  ${compatibility ?? 'not told by the registry'}`,
    `  in use         ${version(inUse)}${inUse?.dropsDefaults === true ? ', without the defaults that can not be written' : ''}`,
    ...(refused === null ? [] : [`  refused        ${refused.reason}`]),
    `  this release's ${version(ours)}`,
  ];
}
