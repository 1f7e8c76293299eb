/**
 * `npm run test:faults`: the fault cases, one by one, in their short form. `--full` gives the faults their full lengths, `--minutes N` mixes
 * them at random under load for so long, `--seed N` repeats a run's random choices, `--figures FILE` writes the figures as JSON; whatever
 * else is given goes to vitest (a file, `-t <name>`).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, tokens } = parseArgs({
  options: {
    full: { type: 'boolean' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    figures: { type: 'string' },
  },
  strict: false,
  tokens: true,
});
const ours = new Set(['full', 'minutes', 'seed', 'figures']);
const taken = new Set(
  tokens
    .filter((token) => token.kind === 'option' && ours.has(token.name))
    .flatMap((token) =>
      token.kind === 'option' && token.inlineValue === false ? [token.index, token.index + 1] : [token.index],
    ),
);
const passedOn = process.argv.slice(2).filter((_, index) => !taken.has(index));

const settings = Object.entries({
  NBWSS_FAULT_FULL: values['full'] === true ? '1' : undefined,
  NBWSS_FAULT_MINUTES: values['minutes'],
  // One for all files of the run.
  NBWSS_FAULT_SEED: values['seed'] ?? process.env['NBWSS_FAULT_SEED'] ?? String(Date.now() % 1_000_000),
  NBWSS_FAULT_FIGURES: values['figures'],
}).filter(([, value]) => value !== undefined);
const env = { ...process.env, ...Object.fromEntries(settings) } as NodeJS.ProcessEnv;
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const run = spawn(process.execPath, [vitest, 'run', '--project', 'faults', ...passedOn], {
  env,
  stdio: 'inherit',
});
const [code] = (await once(run, 'exit')) as [number | null];
process.exitCode = code ?? 1;
