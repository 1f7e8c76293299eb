import type { Tree } from '../../../tools/chart/tree.ts';
import type { Contradictions } from './contradiction.ts';

const own = {
  'app.kubernetes.io/name': 'commonLabels',
  'app.kubernetes.io/instance': 'podLabels',
  'app.kubernetes.io/component': 'service.labels',
  'app.kubernetes.io/version': 'metrics.serviceMonitor.labels',
  'app.kubernetes.io/managed-by': 'metrics.podMonitor.labels',
  'helm.sh/chart': 'metrics.dashboard.labels',
  'strimzi.io/cluster': 'metrics.prometheusRule.labels',
};

export const names: Contradictions = [
  [
    'the objects would be called my.release-nbwss-bridge, as no Service may be: set fullnameOverride to a name of a-z, 0-9 and - that ' +
      'begins with a letter',
    { values: {}, release: 'my.release' },
  ],
  [
    'the objects would be called 3rd-nbwss-bridge, as no Service may be: set fullnameOverride to a name of a-z, 0-9 and - that begins with a letter',
    { values: {}, release: '3rd' },
  ],
  [
    'image.repository ends in :1.2.3, a tag: write it into image.tag',
    { values: { image: { repository: 'registry.example.com:5000/nbwss-bridge:1.2.3' } } },
  ],
  ...Object.entries(own).map(
    ([label, place]) =>
      [
        `${place} has ${label}, which the chart itself gives to its objects: use another label`,
        { values: place.split('.').reduceRight<Tree>((inner, key) => ({ [key]: inner }), { [label]: 'a' }) },
      ] as const,
  ),
  [
    'podAnnotations has checksum/config, which the chart itself gives to its pods: use another annotation',
    { values: { podAnnotations: { 'checksum/config': 'a' } } },
  ],
  [
    'podAnnotations has helm.sh/hook, which the chart itself gives to its pods: use another annotation',
    { values: { podAnnotations: { 'helm.sh/hook': 'post-install' } } },
  ],
];
