import type { RegisteredSchema } from '../encode/encoder.ts';
import type { SchemaEvents } from '../encode/schemas.ts';
import { reasonOf } from '../errors.ts';
import type { Telling } from './telling.ts';

/** Which schemas are written with. */
export function createSchemaEvents({ log, audit, seldom, metrics, countError }: Telling): SchemaEvents {
  return {
    schemaInUse(schema, before) {
      const { subject, id, version } = schema;
      if (before !== null) metrics.schemaInfo.remove(schemaLabels(before));
      metrics.schemaInfo.set(schemaLabels(schema), 1);
      metrics.schemaVersionsRefused.inc({ subject }, 0);
      const fields = { action: 'schema-in-use', subject, schemaId: id, version } as const;
      if (before === null) audit.info(fields, 'schema in use');
      else audit.info({ ...fields, versionBefore: before.version }, 'new version of the schema in use');
    },
    schemaRefused({ subject, id, version }, error) {
      metrics.schemaVersionsRefused.inc({ subject });
      countError('schemas', error);
      log.error(
        { action: 'schema-refused', subject, schemaId: id, version, reason: error.message },
        "the registry's version can't be written with: the one before stays in use",
      );
    },
    schemaLookUpFailed(subject, error) {
      countError('schemas', error);
      const fields = { action: 'schema-lookup-failed', subject, reason: reasonOf(error) } as const;
      seldom(
        `schemas ${subject}`,
        'warn',
        fields,
        'the schema registry could not be asked: the version in use stays',
      );
    },
  };
}

function schemaLabels({ subject, id, version }: RegisteredSchema) {
  return { subject, schema_id: String(id), version: String(version) };
}
