/** The settings of the way to the schema registry. */
import { z } from 'zod';
import { httpUrl, milliseconds } from './values.ts';

export const registry = z
  .strictObject({
    url: httpUrl().describe('Address of the schema registry.'),
    requestTimeoutMs: milliseconds()
      .default(5_000)
      .describe(
        'Time for one request to the registry, after which it is tried again. No message waits for it.',
      ),
  })
  .describe('The schema registry that gives the schemas their ids.');
