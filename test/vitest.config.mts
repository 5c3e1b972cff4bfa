import { defineConfig } from 'vitest/config';
import { clusterTierAvailable } from './cluster/tier.mts';

const unit = {
  test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/**/*.cluster.test.ts'] },
};

const cluster = {
  test: {
    name: 'cluster',
    include: ['test/**/*.cluster.test.ts'],
    globalSetup: ['test/cluster/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
};

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    // The tests of the cluster tier share one control plane, which some of them restart: one file at a time.
    maxWorkers: 1,
    projects: [{ extends: true, ...unit }, ...(clusterTierAvailable() ? [{ extends: true as const, ...cluster }] : [])],
  },
});
