import { BridgeError } from '../errors.ts';
import { exitCodeOf, failureOf } from '../verdict.ts';
import type { PerTopic, RegisteredSchema } from './encoder.ts';
import type { Registry } from './registry.ts';

/** Which version of a subject is written with. */
export type SchemaChoice =
  | { readonly mode: 'registered' }
  /** @param schema this release's, as JSON text: registered where the subject lacks it */
  | { readonly mode: 'register'; readonly schema: string }
  | { readonly mode: 'pinned'; readonly version: number }
  | { readonly mode: 'pinned'; readonly id: number };

/** A choice for each of the three subjects. */
export type SchemaChoices = PerTopic<{ readonly subject: string; readonly choice: SchemaChoice }>;

/**
 * The schema to write with, as the registry has it now. Only `register` ever writes to the registry.
 * @throws BridgeError `subject-missing`, `schema-incompatible`; UnavailableError
 */
export async function chooseSchema(
  registry: Registry,
  { subject, choice }: SchemaChoices['jobs'],
): Promise<RegisteredSchema> {
  switch (choice.mode) {
    case 'registered':
      return await registry.latest(subject);
    case 'register':
      // Nothing is written where it is there already, so that a read-only registry will do.
      if ((await registry.find(subject, choice.schema)) === null)
        await registry.register(subject, choice.schema);
      // The latest may be later than ours: another release's, or the schemas' owner's.
      return await registry.latest(subject);
    case 'pinned':
      return 'id' in choice
        ? await registry.byId(subject, choice.id)
        : await registry.version(subject, choice.version);
  }
}

/** The choice without what it would write: `register` then finds what it would find after having registered. */
export function readOnly({ subject, choice }: SchemaChoices['jobs']): SchemaChoices['jobs'] {
  return { subject, choice: choice.mode === 'register' ? { mode: 'registered' } : choice };
}

/**
 * One choice for each subject.
 * @throws one error for all subjects that have none, in the order of the topics whichever of them was known first
 */
export async function chooseEach<T>(
  { jobs, images, deadLetters }: SchemaChoices,
  choose: (use: keyof PerTopic<unknown>, choice: SchemaChoices['jobs']) => Promise<T>,
): Promise<PerTopic<T>> {
  const asked = [choose('jobs', jobs), choose('images', images), choose('deadLetters', deadLetters)];
  const settled = await Promise.allSettled(asked);
  const errors = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  if (errors.length > 0) throw joined(errors);
  const [ofJobs, ofImages, ofDeadLetters] = (await Promise.all(asked)) as [T, T, T];
  return { jobs: ofJobs, images: ofImages, deadLetters: ofDeadLetters };
}

function joined(errors: readonly unknown[]): unknown {
  const ours = errors.filter((error) => error instanceof BridgeError);
  const [first] = ours;
  if (first === undefined || ours.length < errors.length)
    return errors.find((error) => !(error instanceof BridgeError));
  if (ours.length === 1 || isOneFault(ours.map(({ code }) => code))) return first;
  return new BridgeError(ours.map(({ message }) => message).join('; '), {
    code: first.code,
    retryable: ours.every(({ retryable }) => retryable),
    exitCode: exitCodeOf(ours.map(failureOf)),
    cause: first,
  });
}

/** Whether what went wrong for each subject is one thing: the registry, or the way to it. @param codes of the errors */
export function isOneFault(codes: readonly (string | null)[]): boolean {
  const [first = null] = codes;
  const isOfRegistry = first !== null && (/^(?:registry|token)-/.test(first) || first === 'secret-file');
  return isOfRegistry && codes.every((code) => code === first);
}

/** The choice that a setting like `version:3` or `id:17` makes. */
export function pinnedChoice(pin: string): SchemaChoice {
  const [by, number] = pin.split(':');
  return by === 'id' ? { mode: 'pinned', id: Number(number) } : { mode: 'pinned', version: Number(number) };
}
