/** Every setting as a list, derived from the schema: for the loader, the command line and the documentation. */
import { z } from 'zod';
import { groups } from './groups.ts';
import { phrases } from './values.ts';

/** What a setting is called in each of its sources. */
export interface SettingNames {
  /** `kafka.requestTimeoutMs`: where it stands in the YAML file, and its name in messages. */
  readonly path: string;
  /** `NBWSS_KAFKA_REQUEST_TIMEOUT_MS` */
  readonly env: string;
  /** `--kafka-request-timeout-ms`, which takes a value */
  readonly flag: string;
}

/** One setting: a leaf of the schema. */
export interface Setting extends SettingNames {
  /** How text from the environment or a flag is read. */
  readonly kind: 'text' | 'number' | 'boolean' | 'list' | 'map';
  /** What a value has to be, in words that follow "expected". */
  readonly type: string;
  /** Undefined for a required setting, and for an optional one without a default. */
  readonly default: unknown;
  readonly required: boolean;
  readonly description: string;
  /** All values of a closed set. */
  readonly choices?: readonly string[];
}

/** A mapping of the YAML file that holds settings or further sections. */
export interface Section {
  readonly path: string;
  readonly description: string;
  /** With its defaults. */
  readonly type: z.ZodType;
}

/** A key of the YAML file: a setting or the beginning of a section. */
type Entry = { readonly setting: Setting } | { readonly section: Section };

interface Unwrapped {
  readonly inner: z.core.$ZodType;
  readonly description: string | undefined;
  readonly fallback: unknown;
  readonly optional: boolean;
}

/** Takes off what `.default()`, `.prefault()` and `.optional()` put around a type; the outermost description wins. */
function unwrap(type: z.core.$ZodType): Unwrapped {
  const description = z.globalRegistry.get(type)?.description;
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault || type instanceof z.ZodPrefault) {
    const deeper = unwrap(type.def.innerType);
    return {
      inner: deeper.inner,
      description: description ?? deeper.description,
      fallback: type instanceof z.ZodDefault ? type.def.defaultValue : deeper.fallback,
      optional: true,
    };
  }
  return { inner: type, description, fallback: undefined, optional: false };
}

function kindOf(type: z.core.$ZodType): Setting['kind'] {
  if (type instanceof z.ZodNumber) return 'number';
  if (type instanceof z.ZodBoolean) return 'boolean';
  if (type instanceof z.ZodArray) return 'list';
  if (type instanceof z.ZodRecord) return 'map';
  return 'text';
}

/** `kafka.requestTimeoutMs` in the words of its path, upper case kept as a boundary. */
function words(path: string): string[] {
  return path.split('.').flatMap((name) => name.split(/(?=[A-Z])/));
}

export function namesOf(path: string): SettingNames {
  return {
    path,
    env: ['NBWSS', ...words(path)].join('_').toUpperCase(),
    flag: `--${words(path).join('-').toLowerCase()}`,
  };
}

function settingOf(path: string, { inner, description = '', fallback, optional }: Unwrapped): Setting {
  return {
    ...namesOf(path),
    kind: kindOf(inner),
    type: phrases.get(inner)?.phrase ?? '',
    default: fallback,
    required: !optional,
    description,
    ...(inner instanceof z.ZodEnum && { choices: inner.options.map(String) }),
  };
}

function* walk(shape: Readonly<Record<string, z.core.$ZodType>>, prefix: string): Generator<Entry> {
  for (const [name, type] of Object.entries(shape)) {
    const path = `${prefix}${name}`;
    const unwrapped = unwrap(type);
    if (unwrapped.inner instanceof z.ZodObject) {
      yield { section: { path, description: unwrapped.description ?? '', type: type as z.ZodType } };
      yield* walk(unwrapped.inner.shape, `${path}.`);
    } else {
      yield { setting: settingOf(path, unwrapped) };
    }
  }
}

const entries: readonly Entry[] = [...walk(groups.shape, '')];

/** Every leaf of the schema, in its order. */
export const settings: readonly Setting[] = entries.flatMap((entry) =>
  'setting' in entry ? [entry.setting] : [],
);

/** Every mapping above the settings, outer before inner. */
export const sections: readonly Section[] = entries.flatMap((entry) =>
  'section' in entry ? [entry.section] : [],
);
