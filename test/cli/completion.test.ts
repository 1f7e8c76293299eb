import { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { completionScript } from '../../src/cli/completion.ts';
import { nbwssBridge } from '../helpers/command.ts';

test('what a shell would read as something else can not be offered', () => {
  const program = new Command('some-program').addOption(new Option('--kind <kind>').choices(['a', '$(b)']));
  for (const shell of ['bash', 'zsh', 'fish'] as const)
    expect(() => completionScript(shell, program)).toThrow('"$(b)" can\'t be completed');
});

test('another shell is a usage error that names those that there are', async () => {
  const { exitCode, stdout, stderr } = await nbwssBridge(['completion', 'tcsh']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
  expect(stderr).toContain('Allowed choices are bash, zsh, fish');
});
