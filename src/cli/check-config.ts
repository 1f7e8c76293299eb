import { Command } from 'commander';
import { configHash, loadConfig } from '../config/load.ts';
import { ConfigError } from '../errors.ts';
import { readFiles } from '../files.ts';
import { sourcesOf, withSettings } from './settings.ts';

/** `check-config`: 0 when the configuration and its files can be used, 78 with every problem when not. */
export function checkConfigCommand(): Command {
  const command = new Command('check-config')
    .description(
      'check the configuration and the files that it names; exit 78 with every problem, 0 when there is none',
    )
    .option('--print', 'print the effective configuration as JSON');
  return withSettings(command).action(() => {
    const config = loadConfig(sourcesOf(command));
    const { certificate, credentials } = readFiles(config);
    if (certificate.notAfter < Date.now()) {
      const since = new Date(certificate.notAfter).toISOString();
      throw new ConfigError([
        `listen.tls.certFile: the certificate has expired (${since}): NetBackup will not connect; renew it`,
      ]);
    }
    if (command.opts()['print'] === true) {
      process.stdout.write(`${JSON.stringify(config, null, 2)}\n`);
      return;
    }
    process.stdout.write(
      [
        'the configuration is valid',
        `  hash         ${configHash(config)}`,
        `  endpoint     wss://${config.listen.host}:${config.listen.port}${config.listen.path}`,
        `  certificate  ${certificate.subject.replaceAll('\n', ', ')}, until ${new Date(certificate.notAfter).toISOString()}`,
        `  primaries    ${credentials.primaries.join(', ')}`,
        `  kafka        ${config.kafka.brokers.join(', ')}`,
        `  registry     ${config.registry.url}`,
        '',
      ].join('\n'),
    );
  });
}
