import type { RegisteredSchema } from '../encode/encoder.ts';
import type { SchemaEvents } from '../encode/schemas.ts';
import { reasonOf } from '../errors.ts';
import type { Telling } from './telling.ts';

export interface WrittenSchemaEvents extends SchemaEvents {
  /** A default was needed that can't be written. */
  defaultDropped(subject: string): void;
}

/** Which schemas are written with. */
export function createSchemaEvents({
  log,
  audit,
  seldom,
  metrics,
  countError,
}: Telling): WrittenSchemaEvents {
  return {
    schemaInUse(schema, before) {
      const { subject, id, version } = schema;
      if (before !== null) metrics.schemaInfo.remove(schemaLabels(before));
      metrics.schemaInfo.set(schemaLabels(schema), 1);
      metrics.schemaVersionsRefused.inc({ subject }, 0);
      metrics.schemaDefaultsDropped.inc({ subject }, 0);
      const fields = { action: 'schema-in-use', subject, schemaId: id, version } as const;
      if (schema.dropsDefaults === true)
        log.warn(
          { ...fields, action: 'schema-defaults-dropped' },
          'no version can be written with as it is: of this one the defaults that can not be written are left out',
        );
      if (before === null) audit.info(fields, 'schema in use');
      else audit.info({ ...fields, versionBefore: before.version }, 'new version of the schema in use');
    },
    schemaRefused({ subject, id, version }, error) {
      metrics.schemaVersionsRefused.inc({ subject });
      countError('schemas', error);
      log.error(
        { action: 'schema-refused', subject, schemaId: id, version, reason: error.message },
        "the registry's version can't be written with as it is: the one before is used, see schema-in-use",
      );
    },
    defaultDropped(subject) {
      metrics.schemaDefaultsDropped.inc({ subject });
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
