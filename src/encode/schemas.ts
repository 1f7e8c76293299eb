import type { SchemaChoices } from './choose.ts';
import {
  createEncoder,
  type Encoder,
  type EncoderOptions,
  type PerTopic,
  type RegisteredSchema,
} from './encoder.ts';
import { SchemaError } from './field-type.ts';
import type { Registry } from './registry.ts';
import { chooseWritables, type Refused, type WritableChoice } from './writable.ts';

export interface SchemaEvents {
  /** Records are written with this version from now on. @param before what it takes the place of; null at the start */
  schemaInUse(schema: RegisteredSchema, before: RegisteredSchema | null): void;
  /** The registry's version can't be written with as it is; the one in use stays. Told once for each version. */
  schemaRefused(schema: RegisteredSchema, error: SchemaError): void;
  /** The registry couldn't be asked; the versions in use stay. */
  schemaLookUpFailed(subject: string, error: unknown): void;
}

export interface SchemasOptions extends Omit<EncoderOptions, 'schemas'> {
  readonly registry: Registry;
  readonly choices: SchemaChoices;
  /** Ms between two looks, give or take a tenth; pinned schemas are looked up once. */
  readonly refreshIntervalMs: number;
  readonly events: SchemaEvents;
}

/** The schemas in use, which follow the registry. Disposal ends that. */
export interface Schemas extends Disposable {
  /** For one whole message at a time, so that a new version begins between two messages. */
  encoder(): Encoder;
  /** Looks the versions up now; never rejects. Calls while one is under way share the one after it, which sees what came meanwhile. */
  refresh(): Promise<void>;
}

const names = ['jobs', 'images', 'deadLetters'] as const;

/**
 * Looks up the schemas and compiles them; from then on nothing on a message's way asks the registry.
 * A version that can't be written with doesn't stop the start, as it wouldn't stop a bridge that runs: an earlier one is used.
 * @throws as `chooseWritables`: without a first version of each there is nothing to write with
 */
export async function createSchemas(options: SchemasOptions): Promise<Schemas> {
  const { registry, choices, refreshIntervalMs, events } = options;
  const chosen = await chooseWritables(registry, choices);
  let inUse = schemasOf(chosen);
  let encoder = createEncoder({ ...options, schemas: inUse });
  /** The versions that were refused, by subject: each is told of once. */
  const refused = new Map<string, RegisteredSchema>();
  for (const name of names) {
    events.schemaInUse(inUse[name], null);
    if (chosen[name].refused !== null) refuse(chosen[name].refused);
  }
  let refreshing: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let timer = isPinned() ? undefined : later();

  return {
    encoder: () => encoder,
    refresh,
    [Symbol.dispose]() {
      clearTimeout(timer);
      timer = undefined;
    },
  };

  function refresh(): Promise<void> {
    if (refreshing !== undefined) {
      next ??= refreshing.then(() => {
        next = undefined;
        return refresh();
      });
      return next;
    }
    refreshing = Promise.all(names.map(follow)).then(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  async function follow(name: (typeof names)[number]): Promise<void> {
    const choice = choices[name];
    if (choice.choice.mode === 'pinned') return;
    try {
      // What `register` has to write it wrote at the start.
      takeOver(name, await registry.latest(choice.subject));
    } catch (error) {
      events.schemaLookUpFailed(choice.subject, error);
    }
  }

  function takeOver(name: (typeof names)[number], latest: RegisteredSchema): void {
    const before = inUse[name];
    // The text too: a registry that was made anew counts from 1 again.
    if (isSame(latest, before)) return;
    const told = refused.get(latest.subject);
    if (told !== undefined && isSame(latest, told)) return;
    const next = { ...inUse, [name]: latest };
    try {
      encoder = createEncoder({ ...options, schemas: next });
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      return refuse({ schema: latest, error });
    }
    inUse = next;
    refused.delete(latest.subject);
    events.schemaInUse(latest, before);
  }

  function refuse({ schema, error }: Refused): void {
    refused.set(schema.subject, schema);
    events.schemaRefused(schema, error);
  }

  function isPinned(): boolean {
    return names.every((name) => choices[name].choice.mode === 'pinned');
  }

  function later(): NodeJS.Timeout {
    const jitter = 0.9 + Math.random() / 5;
    return setTimeout(() => {
      void refresh().then(() => {
        if (timer !== undefined) timer = later();
      });
    }, refreshIntervalMs * jitter);
  }
}

function schemasOf({ jobs, images, deadLetters }: PerTopic<WritableChoice>): PerTopic<RegisteredSchema> {
  return { jobs: jobs.schema, images: images.schema, deadLetters: deadLetters.schema };
}

function isSame(one: RegisteredSchema, other: RegisteredSchema): boolean {
  return one.id === other.id && one.version === other.version && textsOf(one) === textsOf(other);
}

function textsOf({ schema, references = [] }: RegisteredSchema): string {
  return [schema, ...references].join('\n');
}
