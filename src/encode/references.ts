import { UnavailableError } from '../errors.ts';
import { bodyOf, contextOf, isMissing, type Reference, referencesOf, unexpected } from './registry-answer.ts';
import type { RegistryCall } from './registry-call.ts';

/** Schemas that one schema may refer to, directly and through others. */
const maxReferences = 100;

/**
 * The texts of what is referred to, each behind what it refers to itself.
 * @param context where a subject without one is looked for first @throws as RegistryCall
 */
export async function resolveReferences(
  call: RegistryCall,
  context: string,
  references: readonly Reference[],
): Promise<string[]> {
  /** Context, subject and version of those that were asked for. */
  const asked = new Set<string>();
  const inOrder: string[] = [];

  async function resolve(within: string, wanted: readonly Reference[]): Promise<void> {
    for (const { subject, version } of wanted) {
      const name = `${within} ${subject} ${version}`;
      if (asked.has(name)) continue;
      if (asked.size >= maxReferences) throw tooMany(subject);
      asked.add(name);
      // Confluent's registry looks for it in the context of what refers to it; one that knows no contexts goes by the name alone.
      const qualified = contextOf(subject) === '' ? within + subject : subject;
      let answer = await call('GET', `/subjects/${encodeURIComponent(qualified)}/versions/${version}`);
      if (isMissing(answer) && qualified !== subject)
        answer = await call('GET', `/subjects/${encodeURIComponent(subject)}/versions/${version}`);
      const { schema } = bodyOf(answer);
      if (answer.status !== 200 || typeof schema !== 'string')
        throw unexpected(`the version ${version} of ${subject}, which a schema refers to`, answer);
      await resolve(contextOf(qualified), referencesOf(answer));
      inOrder.push(schema);
    }
  }
  await resolve(context, references);
  return inOrder;
}

function tooMany(subject: string): UnavailableError {
  return new UnavailableError(
    `the schema of ${subject} refers to more than ${maxReferences} others`,
    'registry-unexpected',
  );
}
