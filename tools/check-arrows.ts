/** Checks the arrows of .dependency-cruiser.mjs, and that every source file was really looked at. */
import { globSync } from 'node:fs';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const options = await extractOptions('./.dependency-cruiser.mjs');
const { output } = await cruise(['src'], options, undefined, {
  tsConfig: extractTSConfig('./tsconfig.json'),
});
const { modules, summary } = output as ICruiseResult;

const cruised = new Set(modules.map(({ source }) => source));
const missed = globSync('src/**/*.ts').filter((file) => !cruised.has(file));
for (const { rule, from, to, comment } of summary.violations) {
  process.stderr.write(`${rule.name}: ${from} -> ${to}\n  ${comment ?? ''}\n`);
}
for (const file of missed) process.stderr.write(`not looked at: ${file}\n`);
process.stdout.write(`arrows: ${cruised.size} modules, ${summary.violations.length} violations\n`);
if (summary.error > 0 || missed.length > 0) process.exitCode = 1;
