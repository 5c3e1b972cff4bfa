// Vitest's global setup of the tests on real nodes: builds what they need, or says why they are left out.

import type { TestProject } from 'vitest/node';
import { wantedKubernetesVersion } from '../versions.mts';
import { prepareRealNodes } from './prepare.ts';
import { nodesTierObstacle } from './requirements.mts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why the tests on real nodes are left out; empty when they run. */
    nodesLeftOut: string;
  }
}

const say = (line: string): void => {
  process.stderr.write(`[nodes] ${line}\n`);
};

/** Leaves programs and images ready; each test file starts nodes of its own. */
export async function setup(project: TestProject): Promise<void> {
  const obstacle = nodesTierObstacle();
  project.provide('nodesLeftOut', obstacle?.why ?? '');
  if (obstacle === undefined) {
    await prepareRealNodes(wantedKubernetesVersion(), say);
    return;
  }
  const message = `LEFT OUT: all tests on real nodes (test/nodes), because ${obstacle.why}.`;
  if (obstacle.kind === 'missing' && (process.env['CI'] ?? '') !== '') {
    throw new Error(`${message} In CI that is a failure.`);
  }
  const line = '!'.repeat(100);
  process.stderr.write(`\n${line}\n${message}\n${line}\n\n`);
}
