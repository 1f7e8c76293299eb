import type { PerTopic } from './encoder.ts';

/** How subjects are named: Confluent's TopicNameStrategy, RecordNameStrategy and TopicRecordNameStrategy. */
export type SubjectNaming = 'topic' | 'record' | 'topic-record';

/** The full names of the records, which no version of their schemas changes. */
export const recordNames: PerTopic<string> = {
  jobs: 'nbwss.v1.NetBackupJob',
  images: 'nbwss.v1.NetBackupImage',
  deadLetters: 'nbwss.v1.NetBackupDeadLetter',
};

/** The subjects of the three topics' values. @param context a schema context, which comes before each subject */
export function subjectsOf(
  topics: PerTopic<string>,
  naming: SubjectNaming = 'topic',
  context?: string,
): PerTopic<string> {
  const subjectOf = (of: keyof PerTopic<string>) => {
    const subject = {
      topic: `${topics[of]}-value`,
      record: recordNames[of],
      'topic-record': `${topics[of]}-${recordNames[of]}`,
    }[naming];
    return context === undefined ? subject : `:.${context}:${subject}`;
  };
  return { jobs: subjectOf('jobs'), images: subjectOf('images'), deadLetters: subjectOf('deadLetters') };
}
