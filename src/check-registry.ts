/** Whether the registry has, for each subject, a schema that the bridge can write with. Reads only. */
import type { Config } from './config/schema.ts';
import { isOneFault, readOnly, type SchemaChoices } from './encode/choose.ts';
import type { PerTopic } from './encode/encoder.ts';
import { createRegistry, type Registry } from './encode/registry.ts';
import { chooseWritable } from './encode/writable.ts';
import { BridgeError, ExitCode } from './errors.ts';
import { schemaChoices } from './schema-choices.ts';
import { failureOf, type Judgement, type Verdict } from './verdict.ts';

const uses = ['jobs', 'images', 'deadLetters'] as const;

/** One verdict for each subject; one for all where the registry can't be asked, or refuses us. */
export async function checkRegistry(
  config: Pick<Config, 'registry' | 'kafka' | 'schemas'>,
): Promise<Verdict[]> {
  const registry = createRegistry(config.registry);
  const choices = schemaChoices(config);
  const judgements = await Promise.all(uses.map((use) => judge(registry, use, choices[use])));
  const [first] = judgements;
  const isOne = isOneFault(judgements.map(({ code }) => code));
  const told = isOne && first !== undefined ? [first] : judgements;
  return told.map(({ code, judgement }) => ({ what: settingOf(code), ...judgement }));
}

interface Judged {
  readonly judgement: Judgement;
  /** Of the error; null where there is none. */
  readonly code: string | null;
}

async function judge(
  registry: Registry,
  use: keyof PerTopic<unknown>,
  wanted: SchemaChoices['jobs'],
): Promise<Judged> {
  try {
    const judgement =
      (await judgeRegistration(registry, wanted)) ?? (await judgeLatest(registry, use, wanted));
    return { judgement, code: null };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return { judgement: failureOf(error), code: error.code };
  }
}

async function judgeLatest(
  registry: Registry,
  use: keyof PerTopic<unknown>,
  wanted: SchemaChoices['jobs'],
): Promise<Judgement> {
  const { schema, refused } = await chooseWritable(registry, use, readOnly(wanted));
  const { subject, version, id, dropsDefaults } = schema;
  const name = `version ${version} (schema id ${id})`;
  if (refused === null) return { state: 'ok', text: `${subject}: ${name} can be written` };
  const how = dropsDefaults === true ? 'without the defaults that can not be written' : 'in its place';
  return { state: 'warning', text: `${refused.error.message} The bridge writes ${name} ${how}` };
}

/** What a start would register; null where it would not. */
async function judgeRegistration(
  registry: Registry,
  { subject, choice }: SchemaChoices['jobs'],
): Promise<Judgement | null> {
  if (choice.mode !== 'register' || (await registry.find(subject, choice.schema)) !== null) return null;
  if (await registry.accepts(subject, choice.schema)) {
    const text = `${subject}: this release's schema is not there yet; the bridge will register it (schemas.mode: register)`;
    return { state: 'ok', text };
  }
  const message =
    `${subject}: the registry would refuse this release's schema, which the bridge is to register (schemas.mode: register): ` +
    '`nbwss-bridge schemas check` says why';
  throw new BridgeError(message, { code: 'schema-incompatible', exitCode: ExitCode.data });
}

function settingOf(code: string | null): string {
  if (code === 'registry-authentication' || code === 'registry-authorization') return 'registry.auth';
  return code === 'token-refused' || code === 'token-endpoint' ? 'registry.auth.oauth' : 'registry.url';
}
