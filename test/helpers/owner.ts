/** What the owner of the schemas does in the registry, whatever the bridge thinks of it. */
import { inject } from 'vitest';
import type { RecordSchema } from '../../tools/schemas/versions.ts';
import type { Change } from './schema-evolution.ts';

/** Registers the next version of a subject. @returns its id. Rejects where the registry refuses it */
export async function registerVersion(subject: string, schema: object, more: object = {}): Promise<number> {
  const body = { schema: JSON.stringify(schema), ...more };
  const { id } = (await call('POST', `/subjects/${encodeURIComponent(subject)}/versions`, body)) as {
    id: number;
  };
  return id;
}

/** Registers a changed latest version. @returns its id */
export async function evolve(subject: string, change: Change, more: object = {}): Promise<number> {
  const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`;
  const { schema } = (await call('GET', path)) as { schema: string };
  return await registerVersion(subject, change(JSON.parse(schema) as RecordSchema), more);
}

export async function setLevel(subject: string, compatibility: string): Promise<void> {
  await call('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility });
}

/** The numbers of a subject's versions; null where there is no such subject. */
export async function versionsOf(subject: string): Promise<unknown> {
  return await call('GET', `/subjects/${encodeURIComponent(subject)}/versions`).catch(() => null);
}

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(inject('registryUrl') + path, {
    method,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  if (response.status !== 200)
    throw new Error(`the registry answers ${method} ${path} with ${response.status}: ${answer}`);
  return JSON.parse(answer) as unknown;
}
