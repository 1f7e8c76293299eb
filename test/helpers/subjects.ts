/** Subjects of the real registry, asked directly: what it takes and refuses is its own verdict. */
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';

export type Compatibility = 'BACKWARD' | 'FULL' | 'FULL_TRANSITIVE';

/** What the registry says to a schema: its id, or the reason why the subject doesn't take it. */
export type Verdict = { readonly id: number } | { readonly refused: string };

export interface Subject {
  readonly name: string;
  /** Offers a schema as the next version. Rejects for any other answer than taken or incompatible. */
  offer(schema: object): Promise<Verdict>;
  /** The numbers of its versions. */
  versions(): Promise<unknown>;
}

/** A subject that no other test uses, with a compatibility level of its own. */
export async function freshSubject(compatibility: Compatibility): Promise<Subject> {
  const name = `test-${randomUUID()}-value`;
  const set = await call('PUT', `/config/${name}`, { compatibility });
  if (set.status !== 200) throw unexpected(`the level of ${name}`, set);
  return {
    name,
    async offer(schema) {
      const answer = await call('POST', `/subjects/${name}/versions`, { schema: JSON.stringify(schema) });
      if (answer.status === 409) return { refused: String(answer.body['message']) };
      const id = answer.body['id'];
      if (answer.status !== 200 || typeof id !== 'number') throw unexpected(`a schema for ${name}`, answer);
      return { id };
    },
    async versions() {
      return (await call('GET', `/subjects/${name}/versions`)).body;
    },
  };
}

/** @returns the id that the registry gave. Rejects where it refuses. */
export async function taken(subject: Subject, schema: object): Promise<number> {
  const verdict = await subject.offer(schema);
  if ('refused' in verdict) throw new Error(`${subject.name} refuses the schema: ${verdict.refused}`);
  return verdict.id;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(inject('registryUrl') + path, {
    method,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

function unexpected(what: string, { status, body }: Answer): Error {
  return new Error(`the registry answers ${what} with ${status}: ${JSON.stringify(body)}`);
}
