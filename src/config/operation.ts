/** The settings of the process itself: its admin endpoint, its stop, its readiness and its log. */
import { z } from 'zod';
import { flag, host, hostNames, httpUrl, milliseconds, oneOf, port, ratio } from './values.ts';

export const admin = z
  .strictObject({
    host: host()
      .default('127.0.0.1')
      .describe('Address of the admin endpoint: plain HTTP without authentication, so this host only.'),
    port: port().default(9090).describe('Port of health and metrics; 0 takes any free one.'),
    hostNames: hostNames()
      .default([])
      .describe(
        'Names with a dot under which the status page is asked for. Others are answered with 421, so that no web page can read the status ' +
          'through the browser of somebody who reaches this port (DNS rebinding). Addresses and names without a dot need not be listed; ' +
          'health and metrics are given under any name.',
      ),
    allowDrain: flag()
      .default(false)
      .describe(
        'Whether `POST /drain?primary=` closes the sessions of a primary, so that NetBackup goes back to the endpoint of the lowest priority. ' +
          'Whoever reaches this port may then do that, except by a browser.',
      ),
  })
  .describe('Health, metrics and status for operators and probes.');

export const drain = z
  .strictObject({
    delayMs: milliseconds(0)
      .default(5_000)
      .describe('Time between /readyz turning 503 and the end of accepting, so that load balancers notice.'),
    deadlineMs: milliseconds()
      .default(25_000)
      .describe(
        'Time after the delay for what is in flight. Past it the process exits with 1 and NetBackup resends. Delay ' +
          "and deadline together, 30 s, stay under the pod's grace of 45 s.",
      ),
  })
  .describe('The orderly stop on SIGTERM.');

export const reload = z
  .strictObject({
    pollIntervalMs: milliseconds(100)
      .default(30_000)
      .describe(
        'How often the files of certificates, keys and tokens are looked at for changes. They are watched as well; the poll is for file systems ' +
          'that tell nothing. Kubernetes swaps a mounted Secret within about a minute.',
      ),
  })
  .describe('Certificates, keys and tokens are taken over when their files change, without a restart.');

export const readiness = z
  .strictObject({
    maxOldestInFlightMs: milliseconds()
      .default(60_000)
      .describe(
        'Age of the oldest unanswered message at which /readyz turns 503: twelve resends of NetBackup, and longer ' +
          'than the failover of a broker.',
      ),
  })
  .describe('When this instance counts as ready.');

export const log = z
  .strictObject({
    level: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
      .default('info')
      .describe('The least severe level that is logged. `debug` adds one line for each message.'),
  })
  .describe('Log lines, as JSON.');

export const tracing = z
  .strictObject({
    endpoint: httpUrl()
      .optional()
      .describe(
        'Where spans are sent, over OTLP/HTTP: `http://otel-collector:4318/v1/traces`. Without it there is no tracing, and no header in the records.',
      ),
    sampleRatio: ratio()
      .default(1)
      .describe(
        'Which share of the messages leaves spans. Every record carries the context all the same, so that consumers take over the decision.',
      ),
  })
  .describe(
    'Traces of OpenTelemetry: the way of each message, and its context in the headers of its records.',
  );
