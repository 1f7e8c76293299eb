import { type Contradictions, elsewhere } from './contradiction.ts';

export const pods: Contradictions = [
  [
    'terminationGracePeriodSeconds is 45, and has to be at least 71: config.drain.delayMs, config.drain.deadlineMs and 10 s in which ' +
      'connections are closed',
    { values: { config: { drain: { delayMs: 500, deadlineMs: 60_000 } } } },
  ],
  [
    'resources.limits.memory is 512Mi, and has to be at least 768Mi: 128Mi, four times config.limits.inFlight.maxBytes, and sixteen times ' +
      'config.limits.maxPayloadBytes, because a parsed message takes many times its text',
    { values: { config: { limits: { inFlight: { maxBytes: 134_217_728 } } } } },
  ],
  [
    'resources.limits.cpu would throttle the bridge into answering late: leave it out',
    { values: { resources: { limits: { cpu: 1 } } } },
  ],
  [
    'strategy.maxSurge and strategy.maxUnavailable are both 0: nothing could ever be replaced',
    { values: { strategy: { maxSurge: 0 } } },
  ],
  [
    'podDisruptionBudget.maxUnavailable is 0: no node could ever be drained',
    { values: { podDisruptionBudget: { maxUnavailable: '0%' } } },
  ],
  [
    'autoscaling.minReplicas is above autoscaling.maxReplicas',
    { values: { autoscaling: { enabled: true, minReplicas: 5 } } },
  ],
  [
    'autoscaling needs resources.requests.cpu, of which it takes its percentage',
    { values: { autoscaling: { enabled: true }, resources: { requests: { cpu: null } } } },
  ],
  [
    'affinity.podAntiAffinity and antiAffinity soft both say which pods stay apart: set antiAffinity to none, or leave the other out',
    { values: { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } } },
  ],
  [
    'resources.requests.memory is 1Gi, and has to be within resources.limits.memory, 512Mi',
    { values: { resources: { requests: { memory: '1Gi' } } } },
  ],
  [
    'resources.requests.memory is 536870913, and has to be within resources.limits.memory, 512Mi',
    { values: { resources: { requests: { memory: 536_870_913 } } } },
  ],
  [
    'resources.requests.ephemeral-storage is 1.5, and has to be within resources.limits.ephemeral-storage, 1400m',
    {
      values: {
        resources: {
          requests: { 'ephemeral-storage': '1.5' },
          limits: { 'ephemeral-storage': '1400m' },
        },
      },
    },
  ],
  [
    'security.fsGroup is null and security.runAsUser is 65532, which could read none of the mounted Secrets: give fsGroup a number, or ' +
      'leave both to the cluster (OpenShift)',
    { values: { security: { fsGroup: null } } },
  ],
  [
    'dnsPolicy None needs dnsConfig.nameservers: nobody else would tell an address',
    { values: { dnsPolicy: 'None', dnsConfig: { searches: ['example.com'] } } },
  ],
  [
    'extraVolumes has tls, as the chart calls a volume of its own: use another name',
    { values: { extraVolumes: [{ name: 'tls', emptyDir: {} }] } },
  ],
  [
    'extraVolumes has probe, as the chart calls a volume of its own: use another name',
    { values: { extraVolumes: [{ name: 'probe', emptyDir: {} }] } },
  ],
  [
    'extraVolumes has agent twice: give each a name of its own',
    { values: { extraVolumes: [...elsewhere.extraVolumes, ...elsewhere.extraVolumes] } },
  ],
  [
    "extraVolumeMounts has /agent of the volume agnet, which extraVolumes hasn't: add it there",
    { values: { ...elsewhere, extraVolumeMounts: [{ name: 'agnet', mountPath: '/agent' }] } },
  ],
  [
    'extraVolumeMounts has /etc/nbwss-bridge/tokens/, where something else is mounted: use another path',
    {
      values: {
        ...elsewhere,
        extraVolumeMounts: [{ name: 'agent', mountPath: '/etc/nbwss-bridge/tokens/' }],
      },
    },
  ],
  [
    'extraVolumeMounts has /agent, where something else is mounted: use another path',
    {
      values: {
        ...elsewhere,
        extraVolumeMounts: [...elsewhere.extraVolumeMounts, ...elsewhere.extraVolumeMounts],
      },
    },
  ],
  [
    'extraVolumeMounts has /agent with a subPath, whose files are never renewed: mount the directory',
    {
      values: { ...elsewhere, extraVolumeMounts: [{ name: 'agent', mountPath: '/agent', subPath: 'a' }] },
    },
  ],
  [
    'extraEnv has NBWSS_LOG_LEVEL, which would overrule the configuration unseen by the chart: write the setting into config',
    { values: { extraEnv: [{ name: 'NBWSS_LOG_LEVEL', value: 'debug' }] } },
  ],
  [
    'extraEnv has TZ twice: keep one of them',
    {
      values: {
        extraEnv: [
          { name: 'TZ', value: 'UTC' },
          { name: 'TZ', value: 'CET' },
        ],
      },
    },
  ],
];
