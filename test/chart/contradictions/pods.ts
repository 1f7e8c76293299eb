import type { Contradictions } from './contradiction.ts';

export const pods: Contradictions = [
  [
    'terminationGracePeriodSeconds is 45, and has to be at least 71: config.drain.delayMs, config.drain.deadlineMs and 10 s in which ' +
      'connections are closed',
    { values: { config: { drain: { delayMs: 500, deadlineMs: 60_000 } } } },
  ],
  [
    'resources.limits.memory is 512Mi, and has to be at least 640Mi: 128Mi and four times config.limits.inFlight.maxBytes, because a ' +
      'parsed message takes several times its text',
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
    'podLabels has app.kubernetes.io/name, by which the chart selects its own pods: use another label',
    { values: { podLabels: { 'app.kubernetes.io/name': 'other' } } },
  ],
];
