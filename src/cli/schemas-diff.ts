import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { whatBreaks } from '../encode/compatibility.ts';
import { differences } from '../encode/difference.ts';
import { readSchema, type RecordSchema } from '../encode/field-type.ts';
import { createRegistry } from '../encode/registry.ts';
import { BridgeError, ExitCode, fileFaultOf } from '../errors.ts';
import { registryAt } from '../where-asked.ts';
import {
  type Kind,
  ourSchema,
  type OurSubject,
  ourSubjects,
  schemasConfig,
  schemasNeeds,
} from './schemas-subjects.ts';
import { withSettings } from './settings.ts';
import { printLine } from './stdout.ts';
import { secondsOf, waitingFor, withTimeout } from './waiting.ts';

/** `schemas diff A B`: what changed from one schema to another, and whose reading it breaks. Without a difference it prints nothing. */
export function diffSchemasCommand(): Command {
  const command = new Command('diff')
    .description('what changed from one schema to another, and which readers it breaks')
    .argument(
      '<from>',
      "jobs, images or dead-letters for this release's schema; with @3 or @latest the registry's; or an .avsc file",
    )
    .argument('<to>', 'the same');
  return withSettings(withTimeout(command), schemasNeeds).action(async (from: string, to: string) => {
    const seconds = secondsOf(command);
    const config = [from, to].some(isRegistered) ? schemasConfig(command) : null;
    const findBoth = async () => [await find(from, config), await find(to, config)] as const;
    const [earlier, later] =
      config === null ? await findBoth() : await waitingFor(registryAt(config.registry), seconds, findBoth);
    for (const { is, field, what } of differences(earlier, later))
      printLine(`${{ added: '+', removed: '-', changed: '~' }[is]} ${field}: ${what}`);
    for (const why of whatBreaks(later.type, earlier.type))
      printLine(`! readers with ${to} can't read ${from}: ${why}`);
    for (const why of whatBreaks(earlier.type, later.type))
      printLine(`! readers with ${from} can't read ${to}: ${why}`);
  });
}

type SchemasConfig = ReturnType<typeof schemasConfig>;

const kindAndVersion = /^(jobs|images|dead-letters)(?:@(latest|[1-9]\d{0,8}))?$/;

/** Whether the registry has it. */
function isRegistered(name: string): boolean {
  return kindAndVersion.exec(name)?.[2] !== undefined;
}

/** @param config null where nothing is asked of the registry */
async function find(name: string, config: SchemasConfig | null): Promise<RecordSchema> {
  const [, kind, version] = kindAndVersion.exec(name) ?? [];
  if (kind === undefined) return readFile(name);
  if (version === undefined || config === null) return readSchema(ourSchema(kind as Kind));
  const ours = ourSubjects(config).find((each) => each.kind === kind) as OurSubject;
  const registry = createRegistry(config.registry);
  const found = await (version === 'latest'
    ? registry.latest(ours.subject)
    : registry.version(ours.subject, Number(version)));
  return comparable(`${name} (${ours.subject})`, () => readSchema(found.schema, found.references));
}

function readFile(path: string): RecordSchema {
  return comparable(path, () => readSchema(readFileSync(path, 'utf8')));
}

function comparable(name: string, read: () => RecordSchema): RecordSchema {
  try {
    return read();
  } catch (error) {
    const message =
      `${name} is no schema that can be compared: ${fileFaultOf(error)}; give jobs, images or dead-letters ` +
      "(with @latest or @<version> for the registry's), or an .avsc file with a record";
    throw new BridgeError(message, { code: 'schema-file', exitCode: ExitCode.data, cause: error });
  }
}
