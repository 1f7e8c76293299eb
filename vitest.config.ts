import { defineConfig } from 'vitest/config';

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
    ],
  },
});
