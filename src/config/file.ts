/** The YAML file as a source of settings: bounded, strict, and with the line of every key. */
import { closeSync, openSync, readSync } from 'node:fs';
import { isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { fileFaultOf } from '../errors.ts';

/** A configuration is a few KiB; a larger file is the wrong file. */
const MAX_FILE_BYTES = 1_048_576;

/** Aliases that may be resolved, counted with what they repeat, so that a small file can't unfold into a large one. */
const MAX_ALIAS_COUNT = 100;

export type FileSource =
  | {
      readonly tree: Readonly<Record<string, unknown>>;
      readonly lineOf: (path: string) => number | undefined;
    }
  | { readonly problems: readonly string[] };

/**
 * Reads a configuration file. An empty file is an empty mapping. Problems (no such file, too large, not UTF-8, not YAML,
 * duplicate keys, not a mapping) come back as sentences that begin with the file's name and, where it is known, the line.
 */
export function readConfigFile(file: string): FileSource {
  try {
    return parseConfig(file, new TextDecoder('utf-8', { fatal: true }).decode(readBounded(file)));
  } catch (error) {
    return {
      problems: [
        `${file || '(no name)'}: the configuration file can't be read: ${withoutSource(fileFaultOf(error))}`,
      ],
    };
  }
}

/** Reads by descriptor and not by size, so that a pipe (`--config <(…)`) works and can't grow beyond the bound. */
function readBounded(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    if (length > MAX_FILE_BYTES) throw new Error('it is larger than 1 MiB, so it is not a configuration');
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

function parseConfig(file: string, text: string): FileSource {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return {
      problems: faults.map(({ pos, message }) => {
        const { line, col } = lineCounter.linePos(skipBlank(text, pos[0]));
        return `${file}, line ${line}, column ${col}: not valid YAML: ${withoutSource(message)}`;
      }),
    };
  }
  const tree: unknown = document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }) ?? {};
  if (!isMapping(tree)) {
    return { problems: [`${file}: expected a mapping of settings (key: value) at the top of the file`] };
  }
  if (containsItself(tree)) return { problems: [`${file}: an alias stands inside of what it repeats`] };
  const lines = new Map<string, number>();
  visit(document, {
    Pair(_, { key }, ancestors) {
      const keys = [...ancestors.filter((node) => 'key' in node).map(({ key }) => key), key];
      if (!isNode(key) || !key.range) return;
      const path = keys.map((each) => (isScalar(each) ? String(each.value) : '')).join('.');
      lines.set(path, lineCounter.linePos(key.range[0]).line);
    },
  });
  return { tree, lineOf: (path) => lines.get(path) };
}

/** The parser's messages end with what it stumbled over; that may be a secret, in a file that should hold none, or in the wrong file. */
function withoutSource(message: string): string {
  return message.replace(/(?:: | directive ).*/s, '');
}

/** The parser puts a duplicate key where the value before it ended; the key itself comes after blanks and comments. */
function skipBlank(text: string, offset: number): number {
  const blank = /(?:\s|#.*)*/y;
  blank.lastIndex = offset;
  return offset + (blank.exec(text)?.[0].length ?? 0);
}

function containsItself(value: unknown, within: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    within.includes(value) || Object.values(value).some((inner) => containsItself(inner, [...within, value]))
  );
}

/** A mapping of keys to values, as JSON and YAML have them. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
