import { defineConfig } from 'vitest/config';
import { clusterTierAvailable } from './cluster/tier.mts';

const unit = {
  test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/**/*.cluster.test.ts', 'test/nodes/**'] },
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

// Real nodes: each file starts its own, or skips and says why.
const nodes = {
  test: {
    name: 'nodes',
    include: ['test/nodes/**/*.test.ts'],
    globalSetup: ['test/cluster/nodes-tier/setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // After the others: nobody's times are to suffer from whole nodes beside them.
    sequence: { groupOrder: 1 },
  },
};

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    // The tests of the cluster tier share one control plane, which some of them restart: one file at a time.
    maxWorkers: 1,
    projects: [
      { extends: true, ...unit },
      ...(clusterTierAvailable() ? [{ extends: true as const, ...cluster }] : []),
      { extends: true, ...nodes },
    ],
  },
});
