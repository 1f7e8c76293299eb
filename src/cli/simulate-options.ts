import { Option } from 'commander';

import { UsageError } from '../errors.ts';

/** The parsed options of `simulate`; times as the option's help says. */
export interface SimulateFlags {
  readonly url: string;
  readonly tokenFile: string;
  readonly caFile?: string;
  readonly servername?: string;
  readonly samples?: string;
  readonly messages?: number;
  readonly entries: number;
  readonly rate: number;
  readonly inFlight: number;
  readonly duration?: number;
  readonly scheduledRate: number;
  readonly reconnect: number;
  readonly keepAlive: number;
  readonly timeout: number;
  readonly json?: boolean;
}

/** Node's timers hold 31 bits of milliseconds. */
const maxMs = 2 ** 31 - 1;
const maxSeconds = 1_000_000;

/** The options of `simulate`, in the order of its help. */
export function simulateOptions(): readonly Option[] {
  return [
    new Option('--url <url>', 'the endpoint, like wss://bridge.example.com:8443/nbwss').makeOptionMandatory(),
    new Option('--token-file <file>', 'its first line that is not empty is the token').makeOptionMandatory(),
    new Option(
      '--ca-file <file>',
      'trust only the CA certificates in this PEM file (default: those of Node.js and the system)',
    ),
    new Option(
      '--servername <name>',
      'the name for SNI and the certificate check (default: the host of the URL)',
    ),
    new Option(
      '--samples <path>',
      'send the messages of a *.json file or folder, times moved to now (default: made-up jobs and images)',
    ),
    whole(
      '--messages <n>',
      'how many messages to send (default: 10, each sample once, or no limit with --duration)',
      1,
      1e9,
    ),
    whole('--entries <n>', 'entries of each made-up message', 1, 100_000).default(4),
    number('--rate <n>', 'messages a second; 0: as fast as the answers allow', 0, 1e6).default(0),
    whole('--in-flight <n>', 'how many messages may be unanswered at a time', 1, 1e6).default(1),
    number('--duration <s>', 'begin no message after this many seconds', 0.001, maxSeconds),
    whole(
      '--scheduled-rate <ms>',
      'resend what is not answered for so long, as notification.scheduledRate',
      1,
      maxMs,
    ).default(5_000),
    whole(
      '--reconnect <ms>',
      'wait before a lost connection is opened again; NetBackup: up to 60000',
      1,
      maxMs,
    ).default(5_000),
    whole('--keep-alive <ms>', 'between two WebSocket pings, as keepAlive.scheduledRate', 1, maxMs).default(
      30_000,
    ),
    number(
      '--timeout <s>',
      'end after this many seconds (beyond --duration), answered or not',
      0.001,
      maxSeconds,
    ).default(60),
    new Option('--json', 'print the report as JSON'),
  ];
}

function whole(flags: string, description: string, min: number, max: number): Option {
  return numeric(flags, description, min, max, 'a whole number');
}

function number(flags: string, description: string, min: number, max: number): Option {
  return numeric(flags, description, min, max, 'a number');
}

function numeric(flags: string, description: string, min: number, max: number, kind: string): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    const fits = value >= min && value <= max && (kind === 'a number' || Number.isInteger(value));
    if (!fits) throw new UsageError(`${option.long} must be ${kind} from ${min} to ${max}, not "${text}"`);
    return value;
  });
}
