/** The settings of the way to the schema registry. */
import { z } from 'zod';
import { oauthSettings } from './oauth.ts';
import {
  filesByName,
  flag,
  headerName,
  httpUrl,
  httpUrls,
  milliseconds,
  oneOf,
  path,
  textsByName,
  userName,
} from './values.ts';

const tls = z
  .strictObject({
    caFile: path()
      .optional()
      .describe(
        "PEM file with the CAs that may sign the registry's certificate, in place of those that Node.js includes. " +
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
    type: oneOf(['none', 'basic', 'bearer', 'oauth'])
      .default('none')
      .describe('How the bridge says who it is. With `none` it is the client certificate, or anonymous.'),
    username: userName().optional().describe('User of `basic`.'),
    passwordFile: path().optional().describe('File with the password of `username`.'),
    tokenFile: path().optional().describe('File with the token of `bearer`.'),
    oauth: z
      .strictObject(oauthSettings)
      .describe('Where `oauth` gets its tokens: client credentials, as below `kafka.sasl.oauth`.')
      .prefault({}),
    allowPlaintext: flag()
      .default(false)
      .describe(
        'Whether the password, the token, the client secret or `registry.headerFiles` may be sent over http://, where everybody on the way can read them.',
      ),
  })
  .describe(
    'Authentication towards the registry. Files are read again for every request, those of `oauth` for every token.',
  )
  .prefault({});

export const registry = z
  .strictObject({
    url: httpUrl().describe('Address of the schema registry.'),
    fallbackUrls: httpUrls()
      .default([])
      .describe('Further addresses of the same registry, asked in turn when one does not answer.'),
    tls,
    auth,
    headers: textsByName(
      headerName,
      /^[\x20-\x7e]{1,1024}$/,
      'texts of printable ASCII characters by the names of headers',
    )
      .default({})
      .describe(
        'Headers of every request to the registry, e.g. `target-sr-cluster`. They may be shown and logged: secrets belong into `headerFiles`.',
      ),
    headerFiles: filesByName(headerName, 'paths of files by the names of headers')
      .default({})
      .describe(
        'Files with the values of further headers of every request to the registry. Read again for every request.',
      ),
    requestTimeoutMs: milliseconds()
      .default(5_000)
      .describe(
        'Time for one request to the registry, after which it is tried again. No message waits for it.',
      ),
  })
  .describe('The schema registry that gives the schemas their ids.');
