import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { tell } from '../../../src/cli/stderr.ts';
import { print, printJson, printJsonLine, printLine } from '../../../src/cli/stdout.ts';

const harm = 'a\u001b[31m\u007f\u009b2J\u202e\u2066\u200f\u2028\r';
// oxlint-disable-next-line no-control-regex
const obeyed = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

function written(stream: 'stdout' | 'stderr', act: () => void): string {
  const texts: string[] = [];
  const spy = vi.spyOn(process[stream], 'write').mockImplementation((text) => texts.push(String(text)) > 0);
  onTestFinished(() => spy.mockRestore());
  act();
  spy.mockRestore();
  return texts.join('');
}

test('no text that is printed reaches the terminal as a command', () => {
  expect(written('stdout', () => print(`${harm}\n\t${harm}\n`))).not.toMatch(obeyed);
  expect(written('stderr', () => tell(harm))).not.toMatch(obeyed);
});

test('a line stays one line', () => {
  const text = written('stdout', () => printLine(`one\n${harm}`));
  expect(text).toMatch(/^one\\na.*\n$/);
  expect(text).not.toMatch(obeyed);
});

test('JSON has no character that a terminal obeys, and the same value', () => {
  const value = { [harm]: [harm, 'Zoë 東京 💾', null, 1] };
  for (const [printed, lines] of [
    [written('stdout', () => printJson(value)), 8],
    [written('stdout', () => printJsonLine(value)), 1],
  ] as const) {
    expect(printed).not.toMatch(obeyed);
    expect(printed.match(/\n/g)).toHaveLength(lines);
    expect(JSON.parse(printed)).toEqual(value);
  }
});

/** What writes to the streams of the process, by whatever way. */
const ways = [
  /\bprocess\s*(?:\?\.|\.)\s*(?:stdout|stderr|_rawDebug)\b/,
  /\bprocess\s*\[/,
  /\bconsole\s*[.[]/,
  /from 'node:(?:process|console|tty)'/,
  /\bfd\s*:\s*[12]\b/,
  /\b(?:writeSync|writeFileSync|createWriteStream|write)\s*\(\s*[12]\s*,/,
  /\/dev\/(?:stdout|stderr|tty|fd)/,
];

describe('one way to each stream', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: withoutComments(readFileSync(join('src', file), 'utf8')) }));
  const writing = sources.filter(({ text }) => ways.some((way) => way.test(text))).map(({ file }) => file);

  test('nothing else writes to stdout or stderr, but the log, and the entry before it knows that it can run', () => {
    expect(writing.toSorted()).toEqual(['cli/log.ts', 'cli/stderr.ts', 'cli/stdout.ts', 'main.ts']);
  });

  test.each([
    "process.stdout.write('x')",
    "process?.stderr.write('x')",
    "process['stdout'].write('x')",
    "console.log('x')",
    "import { stdout } from 'node:process'",
    "writeSync(1, 'x')",
    'pino.destination({ fd: 1 })',
  ])('the rule sees %s', (line) => {
    expect(ways.some((way) => way.test(line))).toBe(true);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
}
