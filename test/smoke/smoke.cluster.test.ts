/** The built program, once through its main job; also run on the newest Node that is supported. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { FakeNode } from '../cluster/nodes.ts';
import { connect, type Api } from '../support/api.ts';
import { kmaint } from '../support/kmaint.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

const kubeconfig = inject('kubeconfig');
const on = (...words: string[]) => kmaint(words, { kubeconfig });
let api: Api;
let s: Scenario;
let node: string;

beforeAll(async () => {
  api = connect(kubeconfig);
  s = await createScenario(api, { nodes: 2, prefix: 'smoke' });
  [node = ''] = s.nodeNames;
});
afterAll(async () => {
  await s?.dispose();
  api?.close();
});

describe('the built program', () => {
  it('says its version and that of the server', async () => {
    const { code, stdout, stderr } = await on('version', '-o', 'json');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(inject('kubernetesVersion'));
    expect((await kmaint(['--version'])).stdout).toMatch(/^kmaint v\d+\.\d+\.\d+\n$/);
  });

  it('drains a node and brings it back', async () => {
    await s.deployment('web', 4);
    await s.daemonSet('agent');
    await s.waitReady();
    const drained = await on('drain', node);
    expect(drained.code, drained.stderr).toBe(0);
    expect(drained.stdout).toContain(`node/${node} drained\n`);
    expect((await s.pods(node)).map(({ metadata }) => metadata.labels?.['app'])).toEqual(['agent']);
    expect((await on('cordon', node)).stdout).toBe(`node/${node} already cordoned\n`);
    expect((await on('uncordon', node)).stdout).toBe(`node/${node} uncordoned\n`);
    expect((await api.get<FakeNode>(`/api/v1/nodes/${node}`)).spec.unschedulable).toBeUndefined();
  });

  it('refuses what it does not understand', async () => {
    const { code, stdout, stderr } = await on('drain', node, '--forse', '--timeout=5');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--forse');
    expect(stderr).toContain('--timeout');
  });
});
