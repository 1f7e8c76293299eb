import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../tools/chart/kubernetes-types.ts';
import { render } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { one } from './objects.ts';

test('Strimzi makes the topics that the configuration names, and keeps them', async () => {
  const topics = { jobs: 'Backup_Jobs', images: 'Backup.Images', deadLetters: 'lost' };
  const objects = await render('strimzi', { config: { kafka: { topics } } });
  const made = objects.filter(({ kind }) => kind === 'KafkaTopic');
  expect(made.map((topic) => at(topic, 'spec.topicName'))).toEqual([
    'lost',
    'Backup.Images',
    'Backup_Jobs',
    'netbackup.replays',
  ]);
  expect(
    made
      .map((topic) => at(topic, 'spec.config'))
      .map((config) => (config as Record<string, unknown>)['cleanup.policy']),
  ).toEqual([undefined, undefined, undefined, 'compact']);
  for (const topic of made)
    expect(topic.metadata['annotations']).toEqual({ 'helm.sh/resource-policy': 'keep' });
  const acls = at(one(objects, 'KafkaUser'), 'spec.authorization.acls') as object[];
  expect(acls.map((acl) => at(acl, 'resource.name'))).toEqual(Object.values(topics));
});

test('further settings of the topics come beside those that the chart promises, and the marks of replays stay compacted for ever', async () => {
  const config = { 'max.message.bytes': 2_097_152, 'segment.ms': 3_600_000 };
  const made = await render('strimzi', { strimzi: { topics: { config } } });
  const promised = { 'min.insync.replicas': 2 };
  expect(configOf(made, 'netbackup.jobs')).toEqual({
    ...promised,
    ...config,
    'retention.ms': 1_209_600_000,
  });
  expect(configOf(made, 'netbackup.dead-letters')).toEqual({
    ...promised,
    ...config,
    'retention.ms': 7_776_000_000,
  });
  expect(configOf(made, 'netbackup.replays')).toEqual({
    ...promised,
    'max.message.bytes': 2_097_152,
    'cleanup.policy': 'compact',
  });
});

function configOf(objects: readonly KubernetesObject[], topic: string): Tree {
  const object = objects.find((each) => at(each, 'spec.topicName') === topic);
  return at(object, 'spec.config') as Tree;
}
