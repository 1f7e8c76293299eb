import type { PerTopic } from './encode/encoder.ts';

/** The topics that the bridge itself writes to, of those in the settings. */
export function recordTopics({ jobs, images, deadLetters }: PerTopic<string>): string[] {
  return [jobs, images, deadLetters];
}
