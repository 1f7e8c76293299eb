import { BridgeError, ExitCode, UnavailableError } from '../errors.ts';
import type { RegisteredSchema } from './encoder.ts';
import { resolveReferences } from './references.ts';
import { bodyOf, contextOf, isMissing, referencesOf, unexpected } from './registry-answer.ts';
import { createRegistryCall, type RegistryOptions, saidBy } from './registry-call.ts';

/**
 * The schema registry's REST API, as far as the bridge asks it: beside the messages' way, never on it. Every call has a deadline and
 * says which status it got; why the registry library isn't used for this: docs/adr/0001-registry-calls.md.
 */
export interface Registry {
  /** The subject's latest version. @throws BridgeError `subject-missing`, UnavailableError */
  latest(subject: string): Promise<RegisteredSchema>;
  /** @throws BridgeError `subject-missing`, `version-missing`, UnavailableError */
  version(subject: string, version: number): Promise<RegisteredSchema>;
  /** The subject's version that has this id. @throws BridgeError `version-missing`, UnavailableError */
  byId(subject: string, id: number): Promise<RegisteredSchema>;
  /** The numbers of the subject's versions; none where the registry has no such subject. @throws UnavailableError */
  versions(subject: string): Promise<readonly number[]>;
  /** The compatibility level that holds for the subject, e.g. FULL_TRANSITIVE; null where the registry tells none. @throws UnavailableError */
  compatibility(subject: string): Promise<string | null>;
  /** The subject's version that is this schema; null where it has none. @throws UnavailableError */
  find(subject: string, schema: string): Promise<{ readonly id: number; readonly version: number } | null>;
  /** Registers a schema; the same schema again gives the same id. @throws BridgeError `schema-incompatible`, UnavailableError */
  register(subject: string, schema: string): Promise<{ id: number }>;
  /** Whether the registry would take the schema as the subject's next version; true for a new subject. @throws UnavailableError */
  accepts(subject: string, schema: string): Promise<boolean>;
}

/** Asks nothing yet. */
export function createRegistry(options: RegistryOptions): Registry {
  const call = createRegistryCall(options);

  async function read(subject: string, version: number | 'latest'): Promise<RegisteredSchema> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
    const answer = await call('GET', path);
    if (isMissing(answer))
      throw version === 'latest' ? subjectMissing(subject) : versionMissing(subject, `version ${version}`);
    const { id, version: number, schema, schemaType = 'AVRO' } = bodyOf(answer);
    if (
      answer.status !== 200 ||
      typeof id !== 'number' ||
      !isSchemaId(id) ||
      typeof number !== 'number' ||
      typeof schema !== 'string'
    )
      throw unexpected(`the version ${version} of ${subject}`, answer);
    if (schemaType !== 'AVRO')
      throw unexpected(`the version ${version} of ${subject}, which is ${String(schemaType)}`, answer);
    const references = await resolveReferences(call, contextOf(subject), referencesOf(answer));
    return { subject, id, version: number, schema, ...(references.length > 0 && { references }) };
  }

  async function compatibility(subject: string): Promise<string | null> {
    const answer = await call('GET', `/config/${encodeURIComponent(subject)}?defaultToGlobal=true`);
    const { compatibilityLevel } = bodyOf(answer);
    return typeof compatibilityLevel === 'string' ? compatibilityLevel : null;
  }

  return {
    latest: (subject) => read(subject, 'latest'),
    version: read,
    async byId(subject, id) {
      // The subject says in which context the id counts.
      const answer = await call('GET', `/schemas/ids/${id}/versions?subject=${encodeURIComponent(subject)}`);
      const versions = Array.isArray(answer.body)
        ? (answer.body as { subject?: unknown; version?: unknown }[])
        : [];
      const found = versions.find((each) => each.subject === subject)?.version;
      if (typeof found !== 'number') throw versionMissing(subject, `version with the id ${id}`);
      return await read(subject, found);
    },
    async versions(subject) {
      const answer = await call('GET', `/subjects/${encodeURIComponent(subject)}/versions`);
      if (isMissing(answer)) return [];
      if (answer.status !== 200 || !Array.isArray(answer.body))
        throw unexpected(`the versions of ${subject}`, answer);
      return (answer.body as unknown[]).filter((version) => typeof version === 'number');
    },
    compatibility,
    async find(subject, schema) {
      const answer = await call('POST', `/subjects/${encodeURIComponent(subject)}`, { schema });
      const { id, version } = bodyOf(answer);
      if (answer.status === 404) return null;
      if (answer.status !== 200 || typeof id !== 'number' || typeof version !== 'number')
        throw unexpected(`a schema of ${subject}`, answer);
      return { id, version };
    },
    async register(subject, schema) {
      const answer = await call('POST', `/subjects/${encodeURIComponent(subject)}/versions`, { schema });
      const { id } = bodyOf(answer);
      if (answer.status === 409) {
        const message = `the schema registry refuses the schema for ${subject}: ${saidBy(answer)}`;
        throw new BridgeError(message, { code: 'schema-incompatible', exitCode: ExitCode.data });
      }
      if (answer.status !== 200 || typeof id !== 'number')
        throw unexpected(`the registration of ${subject}`, answer);
      return { id };
    },
    async accepts(subject, schema) {
      const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions`;
      // A *_TRANSITIVE level compares with every version, the others with the latest alone.
      const isTransitive = (await compatibility(subject))?.endsWith('_TRANSITIVE') === true;
      // Older registries have only the comparison with one version; what they say to any other path need not be JSON.
      const withAll = isTransitive
        ? await call('POST', path, { schema }).catch((error: unknown) => {
            if (error instanceof UnavailableError && error.code === 'registry-unexpected') return null;
            throw error;
          })
        : null;
      const isKnown =
        withAll !== null && (isMissing(withAll) || (withAll.status !== 404 && withAll.status !== 405));
      const answer = isKnown ? withAll : await call('POST', `${path}/latest`, { schema });
      if (isMissing(answer)) return true;
      const { is_compatible: isCompatible } = bodyOf(answer);
      if (typeof isCompatible !== 'boolean') throw unexpected(`the compatibility of ${subject}`, answer);
      return isCompatible;
    },
  };

  function subjectMissing(subject: string): BridgeError {
    const message =
      `the schema registry at ${options.url} has no subject ${subject}. ` +
      'Register the schemas with `nbwss-bridge schemas register`, or have their owner do it';
    return new BridgeError(message, {
      code: 'subject-missing',
      retryable: true,
      exitCode: ExitCode.config,
    });
  }

  function versionMissing(subject: string, what: string): BridgeError {
    const message =
      `the schema registry at ${options.url} has no ${what} of the subject ${subject}: ` +
      'check schemas.pinned against `nbwss-bridge schemas list`';
    return new BridgeError(message, {
      code: 'version-missing',
      retryable: true,
      exitCode: ExitCode.config,
    });
  }
}

/** What the wire format has four bytes for, signed. */
function isSchemaId(id: number): boolean {
  return id === (id | 0) && id >= 0;
}
