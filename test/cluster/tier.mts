// Says whether the tests that need a real control plane can run here; nothing is started or built by asking.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { missingBinaries } from './binaries.mts';
import { wantedKubernetesVersion } from './versions.mts';

/** Why the scale tier cannot run here, or undefined when it can. */
function obstacle(): string | undefined {
  if ((process.env['KMAINT_TEST_KUBECONFIG'] ?? '') !== '') return undefined;
  if (process.platform !== 'linux') return `the test cluster's programs run on Linux, this is ${process.platform}`;
  if (spawnSync('openssl', ['version'], { stdio: 'ignore' }).status !== 0) return 'openssl is not installed';
  const missing = missingBinaries(wantedKubernetesVersion());
  if (missing.length === 0) return undefined;
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0) {
    const unpinned = missing.find((binary) => !existsSync(new URL(`modules/${binary.module}/go.sum`, import.meta.url)));
    return unpinned === undefined ? undefined : `test/cluster/modules/${unpinned.module} is incomplete`;
  }
  return `Go is not installed, and these programs are not built yet: ${missing.map(({ name }) => name).join(', ')}`;
}

// In the environment, because vitest loads its configuration once per project, each time anew.
const told = 'KMAINT_TEST_LEFT_OUT_TOLD';

/**
 * May the cluster tests run? When not, says loudly what is left out, once.
 * @throws {Error} where the environment variable CI is set: there nothing may be left out
 */
export function clusterTierAvailable(): boolean {
  const why = obstacle();
  if (why === undefined) return true;
  const message = `LEFT OUT: all tests on a real control plane (test/**/*.cluster.test.ts), because ${why}.`;
  if ((process.env['CI'] ?? '') !== '') throw new Error(`${message} In CI that is a failure.`);
  if (process.env[told] === undefined) {
    const line = '!'.repeat(100);
    process.stderr.write(
      `\n${line}\n${message}\nInstall Go 1.26 or newer with openssl, or set KMAINT_TEST_KUBECONFIG to a test cluster.\n${line}\n\n`,
    );
    process.env[told] = '1';
  }
  return false;
}
