/** The settings of the endpoint for NetBackup: where it listens, who may connect, and one conversation with it. */
import { z } from 'zod';
import { count, flag, host, milliseconds, oneOf, path, port, texts, urlPath } from './values.ts';

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
        clientCaFile: path()
          .optional()
          .describe(
            'PEM file with the CAs whose client certificates are taken (mutual TLS), beside the token and never instead ' +
              'of it. Without it no client certificate is asked for.',
          ),
        clientCertificate: oneOf(['required', 'optional'])
          .default('required')
          .describe(
            'Whether a client without a certificate of `clientCaFile` is refused. `optional` is for the time in which the ' +
              'primaries get theirs: one that is shown has to be valid all the same.',
          ),
        clientNameIsPrimary: flag()
          .default(false)
          .describe(
            "Whether a client certificate belongs to one primary: then its common name or one of its DNS names has to be the primary's " +
              'name, which is the name of its token file, or the CONNECT is refused as for a wrong token.',
          ),
      })
      .describe('The certificate of the endpoint, and those of its clients.'),
    allowedOrigins: texts()
      .default([])
      .describe(
        'Values of the Origin header that are let in; with none of them given every one is. Whether NetBackup sends the header ' +
          'is not documented, so a request without it is always let in: the list keeps browsers out. Java clients may send one of their own ' +
          '(Tyrus, Netty), with http:// and the host and port of the URL: list that too, like http://bridge.example.com:8443.',
      ),
    proxyProtocol: flag()
      .default(false)
      .describe(
        'Whether a load balancer puts the PROXY protocol (version 1 or 2) before TLS. Then every connection has to begin with it, ' +
          'and the address that it names counts for limits and logs. A header of version 2 may have 16 KiB, its TLVs included. Only behind a balancer that always sends it: anybody else could name any address.',
      ),
  })
  .describe('The endpoint that NetBackup connects to.');

export const credentials = z
  .strictObject({
    tokenDirectory: path().describe(
      'Directory with one file for each primary: the name of the file is the name of the primary, each line is a ' +
        'token, plain (U+0021 to U+007E, no # in front) or as sha256:…, and nothing else is in it. A Kubernetes Secret mounts like this.',
    ),
  })
  .describe('Who may connect. Secrets are never values of the configuration, only files that it names.');

export const session = z
  .strictObject({
    heartbeatIntervalMs: milliseconds()
      .default(20_000)
      .describe(
        'Time between two pings. Balancers and clients often end what is idle for 30 s (HAProxy, Jetty), and NetBackup pings every 30 s ' +
          'itself: 20 s leave room for a ping that is late.',
      ),
    heartbeatMisses: count(1, 100)
      .default(3)
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
