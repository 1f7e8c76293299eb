/** The settings of the endpoint for NetBackup: where it listens, who may connect, and one conversation with it. */
import { z } from 'zod';
import { count, host, milliseconds, oneOf, path, port, urlPath } from './values.ts';

export const listen = z
  .strictObject({
    host: host().default('0.0.0.0').describe('Address that the endpoint for NetBackup binds to.'),
    port: port().default(8443).describe('Port of the endpoint; 0 takes any free one.'),
    path: urlPath()
      .default('/nbwss')
      .describe('The only path that is upgraded to a WebSocket; every other one is answered with 404.'),
    tls: z
      .strictObject({
        certFile: path().describe(
          'PEM file with the certificates that NetBackup is shown: the leaf first, then the intermediates. ' +
            'NetBackup speaks wss:// only and pins the CA, so a leaf may be renewed under the same CA.',
        ),
        keyFile: path().describe('PEM file with the private key of the leaf certificate.'),
      })
      .describe('The certificate of the endpoint.'),
  })
  .describe('The endpoint that NetBackup connects to.');

export const credentials = z
  .strictObject({
    tokenDirectory: path().describe(
      'Directory with one file for each primary: the name of the file is the name of the primary, each line is a ' +
        'token, plain or as sha256:…. A Kubernetes Secret mounts like this.',
    ),
  })
  .describe('Who may connect. Secrets are never values of the configuration, only files that it names.');

export const session = z
  .strictObject({
    heartbeatIntervalMs: milliseconds()
      .default(30_000)
      .describe("Time between two pings. NetBackup's own keep-alive is 30 s too."),
    heartbeatMisses: count(1, 100)
      .default(2)
      .describe('Pings in a row without a pong after which the connection is given up: a minute by default.'),
    pausedTimeoutMs: milliseconds()
      .default(120_000)
      .describe(
        'How long a socket may stay paused by back-pressure before its session is closed, since a paused socket ' +
          'reads no pong. NetBackup reconnects within 60 s and resends.',
      ),
    responsePayload: oneOf(['array', 'object', 'none'])
      .default('array')
      .describe(
        'Payload of a NOTIFICATION RESPONSE, which the protocol leaves open: `array` is [], as in every other ' +
          'NOTIFICATION; `object` is {}; `none` leaves it out.',
      ),
  })
  .describe('One conversation with NetBackup.');
