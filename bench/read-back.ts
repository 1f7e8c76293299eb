/** Speed that is bought with loss or disorder is none: what the bridges wrote is read by another client, and judged. */
import { writeFile } from 'node:fs/promises';
import type { JavaClient } from './java-client.ts';
import type { MessagePool } from './messages.ts';
import { bridgeTopics } from './topics.ts';

export interface Findings {
  /** Entries that were answered and are not there. */
  readonly lost: number;
  /** Records of an entry that was there before. */
  readonly copies: number;
  /** Entries that stand behind a later one of the same client. */
  readonly disordered: number;
  /** Records of no entry that was answered, or in another's topic or under another's key. */
  readonly strange: number;
}

/** What was answered of one series: its first messages. */
export interface Answered {
  readonly idPrefix: string;
  readonly messages: number;
}

/** What java/ReadBack.java tells. */
interface Answer {
  readonly unknown: number;
  readonly series: readonly Findings[];
}

/** Above the bound of java/ReadBack.java. */
const boundMs = 300_000;

/**
 * @param file to tell the client what to expect
 * @returns the findings on each of the series. @throws when there are records of none
 */
export async function readBack(
  java: JavaClient,
  { expected, entriesPerMessage }: MessagePool,
  answered: readonly Answered[],
  file: string,
): Promise<readonly Findings[]> {
  const topicOf = { JOB: bridgeTopics.jobs, IMAGE: bridgeTopics.images };
  const lines = expected.map(({ object, clientName }) => `${topicOf[object]} ${clientName}\n`);
  await writeFile(file, lines.join(''));
  const topics = Object.values(bridgeTopics).join(',');
  const series = answered.flatMap(({ idPrefix, messages }) => [idPrefix, messages]);
  const command = ['read-back', topics, file, entriesPerMessage, ...series];
  const answer = (await java.ask(command, boundMs)) as Answer;
  if (answer.unknown > 0) throw new Error(`${answer.unknown} records are of messages that nobody sent`);
  return answer.series;
}

/** What must not be, in words; empty where nothing is. Copies may be: a consumer can drop them. */
export function faultsIn({ lost, disordered, strange }: Findings): string {
  const counts = { lost, 'out of order': disordered, strange };
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}
