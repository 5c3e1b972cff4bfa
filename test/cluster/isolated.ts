// A cache folder of one's own that borrows the built programs: for work that would disturb the shared cluster.

import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { scaleTierBinaries } from './binaries.mts';
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
  for (const built of new Set(scaleTierBinaries(version).map((binary) => dirname(binary.path)))) {
    symlinkSync(built, join(folder, basename(built)));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
