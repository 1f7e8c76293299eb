/** The settings by which the bridge gets tokens from an authorization server, for Kafka and for the registry alike. */
import type { z } from 'zod';
import { httpUrl, oneOf, path, textsByName, userName } from './values.ts';

/** Parameters of the form that have a setting of their own, or are the grant's. */
const parameterName = /^(?!grant_type$)(?!scope$)(?!audience$)(?!client_)[A-Za-z0-9_.-]{1,100}$/;

export const oauthSettings = {
  tokenUrl: httpUrl()
    .optional()
    .describe('Token endpoint of the authorization server (client credentials, RFC 6749 4.4).'),
  clientId: userName().optional().describe('Name of this client at the authorization server.'),
  clientSecretFile: path()
    .optional()
    .describe('File with the secret of `clientId`. Read again for every token.'),
  clientSecretMethod: oneOf(['basic', 'basic-raw', 'form'])
    .default('basic')
    .describe(
      'How the secret is sent: `basic` is HTTP Basic with name and secret encoded as in a form (RFC 6749 2.3.1), `basic-raw` HTTP Basic ' +
        'with both as they are, for servers that do not decode them, and `form` the parameters `client_id` and `client_secret`.',
    ),
  clientAssertionFile: path()
    .optional()
    .describe(
      'In place of `clientSecretFile`: file with a JWT that shows the client (RFC 7523), as workload identity has it. Something else ' +
        'renews the file; it is read again for every token.',
    ),
  scope: userName().optional().describe('Scopes that are asked for, separated by spaces.'),
  audience: userName()
    .optional()
    .describe('The parameter `audience` of the request, for servers that ask whom the token is for.'),
  parameters: textsByName(
    parameterName,
    /^\P{Cc}{1,1024}$/u,
    'texts of one line by the names of form parameters, which have letters, digits, "_", "." and "-", and are not grant_type, scope, ' +
      'audience and client_…',
  )
    .default({})
    .describe('Further parameters of the request for a token, e.g. `resource`.'),
  caFile: path()
    .optional()
    .describe(
      "PEM file with the CAs that may sign the authorization server's certificate, in place of those that Node.js includes.",
    ),
} satisfies z.ZodRawShape;
