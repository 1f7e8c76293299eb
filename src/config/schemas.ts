/** The settings of the schemas: which version of each subject is written with. */
import { z } from 'zod';
import { milliseconds, oneOf, schemaPin, subjectContext } from './values.ts';

const pinned = z
  .strictObject({
    jobs: schemaPin().optional().describe('The version of the job records.'),
    images: schemaPin().optional().describe('The version of the image records.'),
    deadLetters: schemaPin().optional().describe('The version of the dead letters.'),
  })
  .describe(
    'The exact versions of the mode `pinned`: `version:3` of the subject, or `id:17` of the registry.',
  )
  .prefault({});

export const schemas = z
  .strictObject({
    mode: oneOf(['registered', 'register', 'pinned'])
      .default('registered')
      .describe(
        "Which schemas are written with. `registered` uses each subject's latest version and never writes to the registry. `register` " +
          "registers this release's schemas at the start where a subject lacks them, and then uses the latest. `pinned` uses the " +
          'versions of `pinned`, and no other.',
      ),
    subjects: oneOf(['topic', 'record', 'topic-record'])
      .default('topic')
      .describe(
        "How a schema's subject is named, as in Confluent's serialisers: `topic` is TopicNameStrategy (<topic>-value), `record` is " +
          'RecordNameStrategy (the full name of the record), `topic-record` is TopicRecordNameStrategy (<topic>-<full name>).',
      ),
    context: subjectContext()
      .optional()
      .describe(
        'Schema context that the subjects are in, without dots or colons around it: `team` asks for `:.team:netbackup.jobs-value`.',
      ),
    refreshIntervalMs: milliseconds(1_000)
      .default(60_000)
      .describe(
        'How often the latest versions are looked up again, give or take a tenth, so that replicas do not ask together. A new version ' +
          'is taken over without a restart; SIGHUP looks at once.',
      ),
    pinned,
  })
  .describe('The schemas that records are written with.');
