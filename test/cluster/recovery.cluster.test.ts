// Proves that a start killed half-way leaves nothing that the next start does not clean up.

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connect, waitFor } from '../support/api.ts';
import { isolatedCache } from './isolated.ts';
import type { IsolatedCache } from './isolated.ts';
import { isAlive } from './processes.ts';
import type { ProcessIdentity } from './processes.ts';
import { wantedKubernetesVersion } from './versions.mts';

const version = wantedKubernetesVersion();
let cache: IsolatedCache;

beforeAll(() => {
  cache = isolatedCache(version);
});
afterAll(() => {
  run('down.ts');
  cache.remove();
});

const argsOf = (script: string): string[] => ['--import', 'tsx', join(import.meta.dirname, script)];
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  KMAINT_TEST_CACHE: cache.folder,
  KMAINT_TEST_KUBERNETES: version,
});

function run(script: string, ...more: string[]): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, [...argsOf(script), ...more], { env: environment(), encoding: 'utf8' });
}

function recorded(): ProcessIdentity[] {
  try {
    const text = readFileSync(join(cache.folder, `run-${version}`, 'state.json'), 'utf8');
    return (JSON.parse(text) as { processes: ProcessIdentity[] }).processes;
  } catch {
    return [];
  }
}

// A cluster that is not ours to start is not ours to kill either.
test.runIf(inject('certificateFolder') !== '')(
  'a killed start is cleaned up, a second start is reused, a stop leaves no process',
  async () => {
    const killed = spawn(process.execPath, argsOf('up.ts'), { env: environment(), stdio: 'ignore' });
    const left = await waitFor(
      'two programs to run',
      async () => {
        const processes = recorded();
        return processes.length >= 2 ? processes : undefined;
      },
      { everyMs: 5 },
    );
    killed.kill('SIGKILL');
    await new Promise((resolve) => killed.on('exit', resolve));
    expect(left.map((one) => one.name)).toEqual(['etcd', 'kube-apiserver']);
    expect(left.every(isAlive)).toBe(true);

    const up = run('up.ts', '--nodes', '2');
    expect(up.stderr).toContain('stopped 2 processes that an earlier run left behind');
    expect(up.status).toBe(0);
    expect(left.some(isAlive)).toBe(false);
    const kubeconfig = /^export KUBECONFIG=(.+)$/m.exec(up.stdout)?.[1] ?? '';
    const api = connect(kubeconfig);
    expect((await api.list('/api/v1/nodes')).map((node) => node.metadata.name)).toEqual(['node1', 'node2']);
    api.close();
    const processes = recorded();
    expect(processes).toHaveLength(5);

    expect(run('up.ts').stderr).toContain('was up already');
    expect(recorded()).toEqual(processes);

    const down = run('down.ts');
    expect(down.stderr).toContain('5 processes stopped');
    expect(processes.some(isAlive)).toBe(false);
  },
);
