/** Names that a shell offers, from a real API server, and kubectl's way to ask for them. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect, type Api } from '../support/api.ts';
import { kmaint, run } from '../support/kmaint.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

const kubeconfig = inject('kubeconfig');
let api: Api;
let s: Scenario;

beforeAll(async () => {
  api = connect(kubeconfig);
  s = await createScenario(api, { nodes: 2, prefix: 'tab' });
  await s.deployment('web', 1);
  await s.waitReady();
});
afterAll(async () => {
  await s?.dispose();
  api?.close();
});

const offered = async (...words: string[]): Promise<string> =>
  (await kmaint(['__complete', ...words], { kubeconfig })).stdout;

describe('a shell', () => {
  it('is offered the names of nodes that are not on the line yet', async () => {
    const [first = '', second = ''] = s.nodeNames;
    expect(await offered('drain', first.slice(0, -1))).toBe(`${first}\n${second}\n:4\n`);
    expect(await offered('drain', first, first.slice(0, -1))).toBe(`${second}\n:4\n`);
  });

  it('is offered the names of namespaces, pods and workloads', async () => {
    const [pod] = await s.pods();
    const { namespace } = s;
    expect(await offered('logs', '--namespace', namespace)).toBe(`${namespace}\n:4\n`);
    expect(await offered('why', '-n', namespace, 'web')).toBe(`${pod?.metadata.name}\n:4\n`);
    expect(await offered('logs', '-n', namespace, 'deploy/')).toBe('deploy/web\n:4\n');
  });

  it('gets the same through kubectl', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kmaint-plugin-'));
    try {
      for (const name of ['kubectl-kmaint', 'kubectl_complete-kmaint']) {
        symlinkSync(resolve(import.meta.dirname, '../../bin/kmaint.js'), join(folder, name));
      }
      const [first = ''] = s.nodeNames;
      const { stdout } = await run(inject('kubectl'), ['__complete', 'kmaint', 'uncordon', first], {
        kubeconfig,
        env: { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` },
      });
      expect(stdout).toBe(`${first}\n:4\n`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
