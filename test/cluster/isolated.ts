// A cache folder of one's own that borrows the built programs: for work that would disturb the shared cluster.

import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { nodesTierBinaries, scaleTierBinaries } from './binaries.mts';
import { imagesFolder } from './versions.mts';
import type { KubernetesVersion } from './versions.mts';

/** A folder to give as `KMAINT_TEST_CACHE`. */
export interface IsolatedCache {
  readonly folder: string;
  /** Removes it; a cluster in it must be down. */
  remove(): void;
}

/** Creates a cache folder in which nothing runs and nothing needs to be built. */
export function isolatedCache(version: KubernetesVersion): IsolatedCache {
  const folder = mkdtempSync(join(tmpdir(), 'kmaint-cluster-'));
  const programs = [...scaleTierBinaries(version), ...nodesTierBinaries(version)];
  for (const built of new Set([...programs.map((binary) => dirname(binary.path)), imagesFolder(version)])) {
    if (existsSync(built)) symlinkSync(built, join(folder, basename(built)));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
