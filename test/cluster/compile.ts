// Builds the programs that are missing from the cache, one after the other, each put in place only when whole.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { notBuilt, scaleTierBinaries } from './binaries.mts';
import type { Binary } from './binaries.mts';
import { withLock } from './lock.ts';
import { cacheFolder } from './versions.mts';
import type { KubernetesVersion } from './versions.mts';

/** Is there a Go toolchain to build with? */
export function hasGo(): boolean {
  return spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;
}

async function compile(binary: Binary): Promise<void> {
  mkdirSync(dirname(binary.path), { recursive: true });
  const unfinished = `${binary.path}.building-${String(process.pid)}`;
  const args = [
    'build',
    '-trimpath',
    '-ldflags',
    `-s -w ${binary.linkerFlags}`.trim(),
    '-o',
    unfinished,
    binary.goPackage,
  ];
  const child = spawn('go', args, {
    cwd: join(import.meta.dirname, 'modules', binary.module),
    // Linked statically from the start: other binaries do not start in an empty image, and a rebuild costs minutes.
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    if (exitCode !== 0) {
      throw new Error(`${binary.name} could not be built: go ${args.join(' ')}\n${errors.join('').slice(-4000)}`);
    }
    renameSync(unfinished, binary.path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/**
 * Builds what the scale tier of this version still lacks; does nothing when all is there.
 * @param say called with one progress line at a time
 * @throws {Error} when Go is absent or a build fails
 */
export function buildMissing(version: KubernetesVersion, say: (line: string) => void): Promise<void> {
  return buildAll(scaleTierBinaries(version), say);
}

/** {@link buildMissing} for any programs, e.g. those of the nodes tier. */
export async function buildAll(wanted: readonly Binary[], say: (line: string) => void): Promise<void> {
  if (notBuilt(wanted).length === 0) return;
  if (!hasGo()) {
    const names = notBuilt(wanted).map((binary) => binary.name);
    throw new Error(
      `Go is not installed (no "go" on the PATH), and these are not built yet: ${names.join(', ')}. Install Go, then run: npm run cluster:build`,
    );
  }
  const lockFile = join(cacheFolder(), 'build.lock');
  const onWait = (pid: number): void => say(`another build is at work (process ${String(pid)}); waiting for it`);
  await withLock(lockFile, 30 * 60_000, onWait, async () => {
    // Looked up again: the build that we waited for may have made some or all of them.
    const missing = notBuilt(wanted);
    for (const [index, binary] of missing.entries()) {
      if (existsSync(binary.path)) continue;
      const step = `${String(index + 1)} of ${String(missing.length)}`;
      say(`building ${step}: ${binary.name}`);
      const startedMs = Date.now();
      // One at a time: each Go build already uses all cores.
      // oxlint-disable-next-line no-await-in-loop
      await compile(binary);
      say(`built ${step}: ${binary.name} in ${((Date.now() - startedMs) / 1000).toFixed(0)} s`);
    }
  });
}
