/** Few rights, wrong credentials, wrong addresses: the message, the code, and nothing changed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { writeCertificateUser, writeTokenUser } from '../cluster/users.ts';
import type { FakeNode } from '../cluster/nodes.ts';
import { connect, type Api, type Json } from '../support/api.ts';
import { kmaint } from '../support/kmaint.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

interface Kubeconfig {
  clusters: { name: string; cluster: Record<string, string> }[];
  users: { name: string; user: Record<string, string> }[];
  contexts: { name: string; context: Record<string, string> }[];
  'current-context': string;
}

let api: Api;
let s: Scenario;
let node: string;
let folder: string;
const admin = inject('kubeconfig');

beforeAll(async () => {
  api = connect(admin);
  s = await createScenario(api, { nodes: 1, prefix: 'access' });
  [node = ''] = s.nodeNames;
  folder = mkdtempSync(join(tmpdir(), 'kmaint-access-'));
});
afterAll(async () => {
  await s?.dispose();
  api?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** A user with exactly these cluster-wide rights. */
async function user(name: string, rules: readonly Json[]): Promise<string> {
  const file = join(folder, `${name}.kubeconfig`);
  const userName = await writeTokenUser(api, file, s.namespace, name);
  const role = `${s.id}-${name}`;
  const group = 'rbac.authorization.k8s.io';
  await api.create(`/apis/${group}/v1/clusterroles`, {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRole',
    metadata: { name: role },
    rules: [...rules],
  });
  await api.create(`/apis/${group}/v1/clusterrolebindings`, {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: role },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', apiGroup: group, name: userName }],
  });
  return file;
}

/** The administrator's kubeconfig, changed. */
function altered(name: string, change: (config: Kubeconfig) => void): string {
  const config = load(readFileSync(admin, 'utf8')) as Kubeconfig;
  change(config);
  const file = join(folder, `${name}.kubeconfig`);
  writeFileSync(file, dump(config));
  return file;
}

const untouched = async (): Promise<void> => {
  const { spec } = await api.get<FakeNode>(`/api/v1/nodes/${node}`);
  expect(spec.unschedulable ?? false).toBe(false);
};

const nodes: Json = { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] };
const kubectlMinimum: readonly Json[] = [
  nodes,
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get'] },
];

describe('rights', () => {
  it("kubectl's minimum is enough; what cannot be read is said", async () => {
    await s.deployment('web', 2);
    await s.daemonSet('agent');
    await s.waitReady();
    const kubeconfig = await user('minimum', kubectlMinimum);
    const ended = await kmaint(['drain', node], { kubeconfig });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain('budgets may not be read');
    expect(ended.stderr).toContain('may not be watched');
    expect((await kmaint(['uncordon', node], { kubeconfig })).code).toBe(0);
  });

  it('missing: the verb that is forbidden and the rule that allows it', async () => {
    const kubeconfig = await user('reader', [
      { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list'] },
    ]);
    const ended = await kmaint(['cordon', node], { kubeconfig });
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('patch');
    expect(ended.stderr).toContain('nodes');
    await untouched();
  });

  it('missing for evictions: the pods fail, the node stays cordoned, the undo is printed', async () => {
    await s.waitReady();
    const kubeconfig = await user(
      'no-eviction',
      kubectlMinimum.filter((rule) => !JSON.stringify(rule).includes('eviction')),
    );
    const ended = await kmaint(['drain', node], { kubeconfig });
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).toContain('pods/eviction');
    expect(ended.stderr).toContain(`uncordon ${node}`);
    await kmaint(['uncordon', node], { kubeconfig: admin });
  });
});

describe('credentials and addresses', () => {
  const cordon = async (kubeconfig: string, ...words: string[]) => {
    const ended = await kmaint([...words, 'cordon', node], { kubeconfig });
    await untouched();
    return ended;
  };

  it('an unknown token', async () => {
    const secret = 'very-secret-token-of-nobody';
    const file = altered('token', (config) => {
      for (const entry of config.users) entry.user = { token: secret };
    });
    const ended = await cordon(file);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(/unauthori[sz]ed|not accept/i);
    expect(ended.stderr + ended.stdout).not.toContain(secret);
  });

  it.runIf(inject('certificateFolder') !== '')('an expired client certificate, with its date', async () => {
    const file = join(folder, 'expired.kubeconfig');
    writeCertificateUser(api, inject('certificateFolder'), file, {
      commonName: 'late',
      organizations: ['system:masters'],
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2021-01-01T00:00:00Z'),
    });
    const ended = await cordon(file);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('2021-01-01');
  });

  it('a certificate authority that did not sign the server', async () => {
    const other = readFileSync(new URL('../../fixtures/config/other-ca.crt', import.meta.url)).toString('base64');
    const file = altered('ca', (config) => {
      for (const entry of config.clusters) entry.cluster['certificate-authority-data'] = other;
    });
    const ended = await cordon(file);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(/certificate/i);
  });

  it('nobody at the address', async () => {
    const file = altered('port', (config) => {
      for (const entry of config.clusters) entry.cluster['server'] = 'https://127.0.0.1:9';
    });
    const ended = await cordon(file);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('https://127.0.0.1:9');
  });

  it('a context that does not exist, with what was probably meant', async () => {
    const name = (load(readFileSync(admin, 'utf8')) as Kubeconfig)['current-context'];
    const ended = await cordon(admin, '--context', `${name}x`);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`did you mean "${name}"`);
  });

  it('a kubeconfig that is no YAML, with line and column', async () => {
    const file = join(folder, 'broken.kubeconfig');
    writeFileSync(file, 'apiVersion: v1\nclusters: [\n');
    const ended = await cordon(file);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('broken.kubeconfig');
    expect(ended.stderr).toMatch(/line \d|:\d+:\d+/);
  });
});
