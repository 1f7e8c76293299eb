/** The settings of the way to the schema registry. */
import { z } from 'zod';
import { flag, httpUrl, httpUrls, milliseconds, oneOf, path, userName } from './values.ts';

const tls = z
  .strictObject({
    caFile: path()
      .optional()
      .describe(
        "PEM file with the CAs that may sign the registry's certificate, in place of those that Node.js brings along. " +
          'Read again for every request, like each file below.',
      ),
    certFile: path()
      .optional()
      .describe(
        'PEM file with the client certificate and its intermediates, for a registry that asks for one.',
      ),
    keyFile: path().optional().describe('PEM file with the private key of `certFile`, not encrypted.'),
  })
  .describe('TLS towards the registry, when `registry.url` begins with https://.')
  .prefault({});

const auth = z
  .strictObject({
    type: oneOf(['none', 'basic', 'bearer'])
      .default('none')
      .describe('How the bridge says who it is. With `none` it is the client certificate, or anonymous.'),
    username: userName().optional().describe('User of `basic`.'),
    passwordFile: path().optional().describe('File with the password of `username`.'),
    tokenFile: path().optional().describe('File with the token of `bearer`.'),
    allowPlaintext: flag()
      .default(false)
      .describe(
        'Whether the password or token may be sent over http://, where everybody on the way can read it.',
      ),
  })
  .describe('Authentication towards the registry. Files are read again for every request.')
  .prefault({});

export const registry = z
  .strictObject({
    url: httpUrl().describe('Address of the schema registry.'),
    fallbackUrls: httpUrls()
      .default([])
      .describe('Further addresses of the same registry, asked in turn when one does not answer.'),
    tls,
    auth,
    requestTimeoutMs: milliseconds()
      .default(5_000)
      .describe(
        'Time for one request to the registry, after which it is tried again. No message waits for it.',
      ),
  })
  .describe('The schema registry that gives the schemas their ids.');
