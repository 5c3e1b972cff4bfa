import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import { startPlayground, type Playground } from '../../../src/playground/playground.ts';
import { run, type Ended } from '../../support/kmaint.ts';

/** A minute of the playground's passes in six seconds. */
const timeScale = 10;

const deployment = (image: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - { name: shop, image: '${image}', env: [{ name: A, value: '1' }] }
        - { name: side, image: 'side:1' }
`;

describe.skipIf(inject('tier') !== 'up')('kubectl', () => {
  const stop = new AbortController();
  let playground: Playground;
  let folder: string;
  let manifest: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kmaint-kubectl-'));
    manifest = join(folder, 'shop.yaml');
    playground = await startPlayground({
      fixture: 'two-nodes',
      clock: realClock,
      timeScale,
      folder,
      signal: stop.signal,
    });
  });

  afterAll(async () => {
    await playground.close();
    await rm(folder, { recursive: true });
  });

  function kubectl(...words: string[]): Promise<Ended> {
    const env = { HOME: folder };
    return run(inject('kubectl'), words, { kubeconfig: playground.kubeconfigPath, env });
  }

  /** What it printed; a failure shows what it complained about. */
  async function said(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await kubectl(...words);
    expect(`${String(code)} ${stderr}`.trim(), words.join(' ')).toBe('0');
    return stdout;
  }

  it('knows the server', async () => {
    // An older kubectl warns of the distance.
    const { stdout } = await kubectl('version');
    expect(stdout).toContain('Server Version: v1.36.3+kmaint.playground');
    const kinds = await said('api-resources', '--no-headers');
    expect(kinds).toMatch(/^pods +po +v1 +true +Pod$/m);
    expect(kinds).toMatch(/^poddisruptionbudgets +pdb +policy\/v1 +true +PodDisruptionBudget$/m);
  });

  it('get prints the columns of a real cluster', async () => {
    expect(await said('get', 'nodes', '-o', 'wide')).toMatch(
      /^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP +EXTERNAL-IP +OS-IMAGE +KERNEL-VERSION +CONTAINER-RUNTIME *\nk8s-master +Ready +control-plane +\d+[sm]/,
    );
    expect(await said('get', 'pod', 'go-http', '-o', 'wide')).toMatch(
      /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES *\ngo-http +1\/1 +Running +0 +\S+ +[\d.]+ +k8s-node1 +<none> +<none>\n$/,
    );
    expect(await said('get', 'deploy,ds,sts,pdb', '-A')).toMatch(/daemonset\.apps\/kube-proxy +2 +2 +2 +2 +2 +<none>/);
    expect(await said('get', 'all')).toContain('pod/go-http');
  });

  it('get -w shows what changes', async () => {
    const child = spawn(inject('kubectl'), ['get', 'nodes', '-w', '--no-headers'], {
      env: { KUBECONFIG: playground.kubeconfigPath, HOME: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let seen = '';
    const disabled = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (seen === '') void kubectl('cordon', 'k8s-master');
        seen += text;
        if (/k8s-master +Ready,SchedulingDisabled/.test(seen)) resolve();
      });
    });
    await disabled;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill();
    await closed;
    expect(seen).toMatch(/^k8s-master +Ready +control-plane/);
    expect(await said('uncordon', 'k8s-master')).toBe('node/k8s-master uncordoned\n');
  });

  it('describes a node with its pods, its lease and its events', async () => {
    const text = await said('describe', 'node', 'k8s-node1');
    expect(text).toMatch(/HolderIdentity: +k8s-node1/);
    expect(text).toMatch(/Non-terminated Pods: +\(\d+ in total\)/);
    expect(text).toMatch(/default +go-http/);
    expect(text).toMatch(/Ready +True/);
  });

  it('applies, says when nothing changes, and waits for the rollout', async () => {
    await writeFile(manifest, deployment('shop:1'));
    expect(await said('apply', '-f', manifest)).toBe('deployment.apps/shop created\n');
    expect(await said('rollout', 'status', 'deploy/shop', '--timeout=30s')).toContain('successfully rolled out');
    expect(await said('apply', '-f', manifest)).toBe('deployment.apps/shop unchanged\n');
    await writeFile(manifest, deployment('shop:2'));
    const difference = await kubectl('diff', '-f', manifest);
    expect(difference).toMatchObject({ code: 1, stderr: '' });
    expect(difference.stdout).toMatch(/^-.*image: shop:1\n\+.*image: shop:2$/m);
    expect(await said('apply', '-f', manifest)).toBe('deployment.apps/shop configured\n');
    expect(await said('rollout', 'status', 'deploy/shop', '--timeout=30s')).toContain('successfully rolled out');
    expect(await said('get', 'deploy', 'shop', '-o', 'jsonpath={.spec.template.spec.containers[*].image}')).toBe(
      'shop:2 side:1',
    );
  });

  it('scales, sets an image, undoes it', async () => {
    expect(await said('scale', 'deploy/shop', '--replicas=3')).toBe('deployment.apps/shop scaled\n');
    expect(await said('set', 'image', 'deploy/shop', 'side=side:9')).toBe('deployment.apps/shop image updated\n');
    expect(await said('rollout', 'status', 'deploy/shop', '--timeout=30s')).toContain('successfully rolled out');
    expect(await said('rollout', 'history', 'deploy/shop')).toMatch(/REVISION +CHANGE-CAUSE/);
    // It warns that the manifest will not know; hence not `said`.
    const undone = await kubectl('rollout', 'undo', 'deploy/shop');
    expect(undone).toMatchObject({ code: 0, stdout: 'deployment.apps/shop rolled back\n' });
    expect(await said('rollout', 'status', 'deploy/shop', '--timeout=30s')).toContain('successfully rolled out');
    expect(await said('get', 'deploy', 'shop', '-o', 'jsonpath={.spec.template.spec.containers[*].image}')).toBe(
      'shop:2 side:1',
    );
  });

  it('labels, annotates, taints', async () => {
    expect(await said('label', 'node', 'k8s-node1', 'a=b')).toBe('node/k8s-node1 labeled\n');
    expect(await said('annotate', 'node', 'k8s-node1', 'a=b')).toBe('node/k8s-node1 annotated\n');
    expect(await said('taint', 'node', 'k8s-node1', 'a=b:PreferNoSchedule')).toBe('node/k8s-node1 tainted\n');
    expect(await said('taint', 'node', 'k8s-node1', 'a-')).toBe('node/k8s-node1 untainted\n');
    expect(await said('get', 'node', '-l', 'a=b', '-o', 'name')).toBe('node/k8s-node1\n');
  });

  it('reads logs', async () => {
    const three = (await said('logs', 'go-http', '--tail=3', '--timestamps')).trim().split('\n');
    expect(three).toHaveLength(3);
    expect(three[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /);
    const bad = await kubectl('logs', 'go-http', '-c', 'nobody');
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/^error: container nobody is not valid for pod go-http( out of: main)?\n$/);
  });

  it('follows logs until the pod goes', async () => {
    await said('run', 'talker', '--image=talker:1', '--annotations=kmaint.test/gone-after-ms=30000');
    await said('wait', '--for=condition=Ready', 'pod/talker', '--timeout=30s');
    // It has three seconds of its own time to find the pod.
    const following = kubectl('logs', '-f', 'talker');
    await said('delete', 'pod', 'talker');
    const { code, stdout } = await following;
    expect(code).toBe(0);
    expect(stdout.split('\n').length).toBeGreaterThan(1);
  });

  it('asks what it may do', async () => {
    expect(await said('auth', 'can-i', 'create', 'pods', '--subresource=eviction')).toBe('yes\n');
    expect(await said('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.groups[0]}')).toBe('system:masters');
    expect(await said('auth', 'can-i', '--list')).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m);
  });

  it('drains a node, and deletes it', async () => {
    const drained = await kubectl('drain', 'k8s-node1', '--ignore-daemonsets', '--force', '--timeout=60s');
    expect(drained.stdout).toContain('node/k8s-node1 drained');
    expect(drained.stdout).toContain('pod/go-http evicted');
    expect(drained.code).toBe(0);
    expect(await said('get', 'node', 'k8s-node1', '--no-headers')).toMatch(/^k8s-node1 +Ready,SchedulingDisabled /);
    expect(await said('get', 'pods', '--field-selector=spec.nodeName=k8s-node1', '-o', 'name')).toBe('');
    expect(await said('delete', 'node', 'k8s-node1')).toBe('node "k8s-node1" deleted\n');
    const gone = await kubectl('get', 'node', 'k8s-node1');
    expect(gone).toMatchObject({ code: 1, stderr: 'Error from server (NotFound): nodes "k8s-node1" not found\n' });
  });
});
