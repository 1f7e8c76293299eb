import { defineConfig } from 'vitest/config';

/** Set by `npm run test:faults -- --minutes N`. */
const mixed = process.env['NBWSS_FAULT_MINUTES'] !== undefined;

const bounds = { testTimeout: 30_000, hookTimeout: 60_000, teardownTimeout: 10_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { ...bounds, name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { ...bounds, name: 'session', include: ['test/session/**/*.test.ts'] } },
      {
        test: {
          ...bounds,
          name: 'kafka',
          include: ['test/{kafka,cli}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['test/helpers/global-stack.ts'],
        },
      },
      {
        test: {
          ...bounds,
          name: 'completions',
          include: ['test/completions/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...bounds,
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 60_000,
          // The suite waits 100 s in some of its cases for what a faulty endpoint doesn't send.
          hookTimeout: 180_000,
          globalSetup: ['test/helpers/global-stack.ts'],
        },
      },
      {
        test: {
          ...bounds,
          name: 'chart',
          include: ['test/chart/**/*.test.ts'],
          // The first run of all fetches Helm and the types of Kubernetes.
          hookTimeout: 600_000,
          globalSetup: ['test/chart/global-setup.ts'],
        },
      },
      {
        test: {
          ...bounds,
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          testTimeout: 60_000,
          // One cluster, and one release of that name in it.
          fileParallelism: false,
          globalSetup: ['test/cluster/global-setup.ts'],
        },
      },
      {
        test: {
          ...bounds,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['test/helpers/global-stack.ts'],
        },
      },
      {
        test: {
          ...bounds,
          name: 'ops',
          include: ['test/ops/**/*.test.ts'],
          testTimeout: 60_000,
          // The first run of all fetches Prometheus.
          hookTimeout: 600_000,
          globalSetup: ['test/helpers/global-stack.ts'],
        },
      },
      {
        test: {
          ...bounds,
          name: 'image',
          include: ['test/image/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          teardownTimeout: 30_000,
          // One image, one Kafka and one registry for all of them.
          fileParallelism: false,
          globalSetup: ['test/image/global-setup.ts'],
        },
      },
      {
        test: {
          ...bounds,
          name: 'faults',
          // Each file has a cluster of its own; the mixed faults run for as long as they are told (tools/faults/main.ts).
          include: [mixed ? 'test/faults/mixed.test.ts' : 'test/faults/!(mixed).test.ts'],
          fileParallelism: false,
          globalSetup: ['test/faults/global-setup.ts'],
        },
      },
    ],
  },
});
