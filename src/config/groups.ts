/**
 * The groups of settings: types, bounds, defaults and descriptions. A description says what the setting bounds and which
 * number outside of this program its default follows or stays under. Names carry their units.
 */
import { z } from 'zod';
import { kafka, records } from './kafka.ts';
import { limits } from './limits.ts';
import { credentials, listen, session } from './listen.ts';
import { admin, drain, log, readiness, reload, tracing } from './operation.ts';
import { registry } from './registry.ts';
import { schemas } from './schemas.ts';

/** All groups of settings, in the order of the documentation. What must hold between settings is in cross-checks.ts. */
export const groups = z.strictObject({
  listen,
  credentials,
  limits: limits.prefault({}),
  session: session.prefault({}),
  kafka,
  registry,
  schemas: schemas.prefault({}),
  records: records.prefault({}),
  admin: admin.prefault({}),
  drain: drain.prefault({}),
  reload: reload.prefault({}),
  readiness: readiness.prefault({}),
  log: log.prefault({}),
  tracing: tracing.prefault({}),
});
