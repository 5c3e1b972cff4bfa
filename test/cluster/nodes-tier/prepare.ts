// Everything that real nodes need before they can start: the rights, the programs, the images.

import { nodesTierBinaries } from '../binaries.mts';
import { buildAll } from '../compile.ts';
import type { KubernetesVersion } from '../versions.mts';
import { buildImages } from './images.ts';
import type { BuiltImages } from './images.ts';
import { nodesTierObstacle } from './requirements.mts';

/**
 * Builds what is missing.
 * @throws {Error} when this machine cannot run real nodes, with what would help
 */
export async function prepareRealNodes(version: KubernetesVersion, say: (line: string) => void): Promise<BuiltImages> {
  const obstacle = nodesTierObstacle();
  if (obstacle !== undefined) throw new Error(`real nodes cannot run here: ${obstacle.why}`);
  await buildAll(nodesTierBinaries(version), say);
  return await buildImages(version, say);
}
