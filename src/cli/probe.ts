import { Command } from 'commander';
import { BridgeError, ExitCode, UnavailableError, UsageError } from '../errors.ts';
import { SecretFileError } from '../outbound/secret-file.ts';
import { readTlsFiles, type TlsMaterial } from '../outbound/tls.ts';
import { endpointUrl, secureContextOf } from '../simulator/options.ts';
import { probe, type StepResult } from '../simulator/probe.ts';
import { readCa } from './input-file.ts';
import { readTokenFile } from './token-file.ts';
import { printJson, printLine } from './stdout.ts';

interface Flags {
  readonly url: string;
  readonly tokenFile: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly servername?: string;
  readonly timeout: string;
  readonly proxyProtocol?: true;
  readonly json?: true;
}

const maxSeconds = 3600;

/** `probe`: 0 when all was answered, 69 where a step failed, 77 where the token was refused. */
export function probeCommand(): Command {
  const command = new Command('probe')
    .description(
      'connect as NetBackup does and send an empty notification; say which step failed, why, and what to do. ' +
        'The token is that of the file `probe` in the token directory, which counts as no primary; ' +
        "with another one the probe counts as that primary's: a session and a notification of it",
    )
    .requiredOption('--url <url>', 'the endpoint, like wss://bridge.example.com:8443/nbwss')
    .requiredOption('--token-file <file>', 'its first line that is not empty is the token')
    .option(
      '--ca-file <file>',
      'trust only the CA certificates in this PEM file (default: those of Node.js and the system)',
    )
    .option(
      '--cert-file <file>',
      'PEM file with a client certificate and its intermediates, where the endpoint asks for one; with --key-file',
    )
    .option('--key-file <file>', 'PEM file with its private key, not encrypted')
    .option(
      '--servername <name>',
      'the name for SNI and the certificate check (default: the host of the URL)',
    )
    .option('--timeout <s>', 'for all steps together', '10')
    .option('--proxy-protocol', 'begin with a header of the PROXY protocol (listen.proxyProtocol)')
    .option('--json', 'print the result as JSON');
  return command.action(async () => {
    const flags = command.opts<Flags>();
    const steps: StepResult[] = [];
    const own = readOwnCertificate(flags);
    const last = await probe({
      url: endpointUrl(flags.url),
      token: await readTokenFile(flags.tokenFile),
      secureContext: secureContextOf(await readCa(flags.caFile), own),
      given: { hasCa: flags.caFile !== undefined, hasCertificate: own.cert !== undefined },
      servername: flags.servername,
      proxyProtocol: flags.proxyProtocol ?? false,
      timeoutMs: timeoutOf(flags.timeout) * 1000,
      onStep(result) {
        steps.push(result);
        if (flags.json !== true) printLine(lineOf(result));
      },
    });
    if (flags.json === true) {
      const told = steps.map(({ step, ok, ms, text }) => ({ step, ok, ms, text }));
      const result = { url: flags.url, ok: last.ok, steps: told, advice: last.advice };
      printJson(result);
    }
    if (!last.ok) throw failed(last, flags.url);
  });
}

function lineOf({ step, ok, ms, text }: StepResult): string {
  return `${ok ? 'ok    ' : 'failed'}  ${step.padEnd(12)}  ${String(ms).padStart(5)} ms  ${text}`;
}

function failed({ step, text, advice, denied }: StepResult, url: string): BridgeError {
  const message = `${url}: ${step} failed: ${text}${advice === null ? '' : `; ${advice}`}`;
  return denied
    ? new BridgeError(message, { code: 'token-refused', exitCode: ExitCode.denied })
    : new UnavailableError(message, `probe-${step}`);
}

function readOwnCertificate({ certFile, keyFile }: Flags): TlsMaterial {
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new UsageError('--cert-file and --key-file go together: a certificate is shown with its own key');
  try {
    return readTlsFiles({ setting: 'probe', certFile, keyFile });
  } catch (error) {
    throw error instanceof SecretFileError ? new UsageError(error.problem) : error;
  }
}

function timeoutOf(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds >= 0.001 && seconds <= maxSeconds) return seconds;
  throw new UsageError(
    `--timeout must be a number of seconds up to ${maxSeconds}, not ${JSON.stringify(text)}`,
  );
}
