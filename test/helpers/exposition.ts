/** Reads the Prometheus text format, strictly: a line that a scraper would refuse is an error here. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly samples: readonly Sample[];
  /** By metric name: counter, gauge, histogram. */
  readonly types: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  /** The sum of the samples of that name whose labels include these; undefined where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;

/** @throws for what isn't the text format 0.0.4, with the line */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line has no line feed');
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') help.set(name, rest);
    else if (kind === 'TYPE') types.set(name, rest);
    else samples.push(readSample(line));
  }
  for (const { name } of samples) {
    const family = name.replace(/_(?:bucket|sum|count)$/, '');
    const type = types.get(name) ?? types.get(family);
    if (!types.has(name) && type !== 'histogram' && type !== 'summary')
      throw new Error(`${name} has no TYPE`);
  }
  return {
    samples,
    types,
    help,
    value(name, labels = {}) {
      const found = samples.filter(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      );
      return found.length === 0 ? undefined : found.reduce((sum, sample) => sum + sample.value, 0);
    },
  };
}

function readSample(line: string): Sample {
  const match = sampleLine.exec(line);
  const value = match?.[3] === '+Inf' ? Infinity : Number(match?.[3] ?? Number.NaN);
  if (match?.[1] === undefined || (Number.isNaN(value) && match[3] !== 'Nan' && match[3] !== 'NaN'))
    throw new Error(`not a sample: ${line}`);
  return { name: match[1], labels: readLabels(match[2] ?? '', line), value };
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== '';) {
    const match = label.exec(rest);
    if (match?.[1] === undefined) throw new Error(`not labels: ${line}`);
    labels[match[1]] = match[2] ?? '';
    rest = rest.slice(match[0].length);
  }
  return labels;
}
