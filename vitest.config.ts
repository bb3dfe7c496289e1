import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['{runtime,toolkit}/src/**/*.test.ts', '{demo,scripts}/**/*.test.ts'] } },
      { test: { name: 'contract', include: ['{runtime,toolkit}/test/contract/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'integration',
          include: ['{runtime,toolkit}/test/integration/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['runtime/src/**', 'toolkit/src/**'],
      exclude: ['**/*.test.ts', '**/generated/**'],
    },
  },
});
