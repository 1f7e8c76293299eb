import { Command } from 'commander';
import { withoutBrackets } from '../address.ts';
import { type ConfigSources, loadGroups, loadValid } from '../config/load.ts';
import { nearestName } from '../config/nearest.ts';
import { settings } from '../config/settings.ts';
import { BridgeError, ExitCode, UsageError } from '../errors.ts';
import { loadCredentials } from '../session/credentials.ts';
import { plainTokensOf } from '../session/token-directory.ts';
import { sourcesOf, withSettings } from './settings.ts';
import { readTokenFile } from './token-file.ts';
import { tell } from './stderr.ts';
import { printJson } from './stdout.ts';

interface Flags {
  readonly url: string;
  readonly primary?: string;
  readonly tokenFile?: string;
  readonly group: string;
  readonly priority: string;
  readonly hostName?: string;
}

/** What a NetBackup administrator imports, by its names (protocol, connection rules). */
interface EndpointFile {
  readonly token: string;
  readonly priority: number;
  readonly groupId: string;
  readonly hostName: string;
  readonly url: string;
}

const groups = ['credentials'] as const;
const maxPriority = 1_000_000;
const defaultPath = String(settings.find(({ path }) => path === 'listen.path')?.default);

/** `endpoint-file`: 64 for what can't be an endpoint, 65 where the token isn't to be had, 78 for the token directory. */
export function endpointFileCommand(): Command {
  const command = new Command('endpoint-file')
    .description(
      'print the JSON file with which NetBackup is told of this endpoint; it holds the token, so keep it as secret as that',
    )
    .requiredOption(
      '--url <url>',
      'where NetBackup finds the endpoint, like wss://bridge.example.com:8443/nbwss',
    )
    .option('--primary <name>', 'take the token of this primary from the token directory')
    .option(
      '--token-file <file>',
      "take the token from this file; with --primary it is checked to be one of that primary's",
    )
    .option('--group <id>', 'the server group: NetBackup keeps one connection for each', 'nbwss-bridge')
    .option('--priority <n>', 'within the group, the lowest is tried first', '1')
    .option(
      '--host-name <name>',
      'the host that NetBackup asks for its certificate (default: that of --url)',
    );
  return withSettings(command, groups).action(async () => {
    const flags = command.opts<Flags>();
    const url = endpointUrl(flags.url);
    const endpoint: EndpointFile = {
      priority: priorityOf(flags.priority),
      groupId: word('--group', flags.group),
      hostName: word('--host-name', flags.hostName ?? withoutBrackets(url.hostname)),
      url: flags.url,
      token: await tokenFor(flags, command),
    };
    const { token, ...others } = endpoint;
    warnOfPath(url, sourcesOf(command));
    printJson({ token, ...others });
  });
}

async function tokenFor({ primary, tokenFile }: Flags, command: Command): Promise<string> {
  const given = tokenFile === undefined ? null : await readTokenFile(tokenFile);
  if (primary === undefined) {
    if (given !== null) return given;
    throw new UsageError('whose token? Give --primary, or --token-file');
  }
  const { tokenDirectory } = loadGroups(sourcesOf(command), groups).credentials;
  const credentials = loadCredentials(tokenDirectory);
  if (!credentials.primaries.includes(primary)) {
    const near = nearestName(primary, credentials.primaries);
    throw new UsageError(
      `there is no primary ${JSON.stringify(primary)} in ${tokenDirectory}` +
        (near === undefined ? `: it holds ${credentials.primaries.join(', ')}` : `; did you mean ${near}?`),
    );
  }
  if (given !== null) {
    if (credentials.authenticate(given)?.primary === primary) return given;
    throw noToken(`the token in ${tokenFile} is none of those of ${primary} in ${tokenDirectory}`);
  }
  const [token, ...others] = plainTokensOf(tokenDirectory, primary);
  if (token === undefined)
    throw noToken(
      `${tokenDirectory} holds only the hash of the token of ${primary}: name a file with the token itself, --token-file`,
    );
  if (others.length > 0)
    throw noToken(
      `${tokenDirectory} holds ${others.length + 1} tokens of ${primary}: name a file with the one for NetBackup, --token-file`,
    );
  return token;
}

/** A balancer may change the path on the way, so that another one is no mistake for certain. */
function warnOfPath(url: URL, sources: ConfigSources): void {
  const { 'listen.path': given, 'listen.tls.certFile': certFile } = loadValid(sources, [
    'listen.path',
    'listen.tls.certFile',
  ]);
  // Where nothing is said of a listener, its path isn't known either.
  const path = certFile === undefined ? given : (given ?? defaultPath);
  if (path === undefined || url.pathname === path) return;
  const right = new URL(url);
  right.pathname = path;
  tell(
    `warning: the bridge answers the path ${url.pathname} of --url with 404, since listen.path is ${path}: ` +
      `give ${right.href}, unless something before the bridge changes the path`,
  );
}

function endpointUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol !== 'wss:')
    throw new UsageError(`--url must begin with wss://, NetBackup takes nothing else, not ${quoted(text)}`);
  if (url.username !== '' || url.password !== '' || text.includes('#') || /\s/.test(text))
    throw new UsageError(`--url must be a wss:// address without user, password, "#" and spaces`);
  return url;
}

function priorityOf(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= maxPriority) return value;
  throw new UsageError(`--priority must be a whole number from 0 to ${maxPriority}, not ${quoted(text)}`);
}

function word(option: string, text: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(text)) return text;
  throw new UsageError(
    `${option} must be 1 to 255 printable ASCII characters without spaces, not ${quoted(text)}`,
  );
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

function noToken(message: string): BridgeError {
  return new BridgeError(message, { code: 'no-token', exitCode: ExitCode.data });
}
