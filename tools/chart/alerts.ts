import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { chartFolder } from './render.ts';
import { at, type Tree } from './tree.ts';

/** The names of the alerts in files/alerts.yaml, in its order. */
export const alerts: readonly string[] = (
  at(parse(readFileSync(join(chartFolder, 'files/alerts.yaml'), 'utf8')), 'groups') as Tree[]
).flatMap(({ rules }) =>
  (rules as Tree[]).flatMap(({ alert }) => (typeof alert === 'string' ? [alert] : [])),
);
