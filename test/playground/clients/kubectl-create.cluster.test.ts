import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import { startPlayground, type Playground } from '../../../src/playground/playground.ts';
import { run, type Ended } from '../../support/kmaint.ts';

/** Words of `kubectl create`, and what it prints; each makes another object, some need those before. */
const creations: readonly (readonly [printed: string, ...words: string[]])[] = [
  ['namespace/shop', 'namespace', 'shop'],
  ['deployment.apps/web', 'deployment', 'web', '--image=web:1', '--image=side:2', '--port=80', '--replicas=2'],
  ['deployment.apps/none', 'deployment', 'none', '--image=web:1', '--replicas=0', '--', 'sleep', '1'],
  ['configmap/plain', 'configmap', 'plain', '--from-literal=a=b', '--from-literal=empty='],
  ['configmap/binary', 'configmap', 'binary', '--from-file=FOLDER/binary'],
  ['secret/generic', 'secret', 'generic', 'generic', '--from-literal=a=b', '--from-file=FOLDER/binary'],
  ['secret/registry', 'secret', 'docker-registry', 'registry', '--docker-username=u', '--docker-password=p'],
  ['serviceaccount/robot', 'serviceaccount', 'robot'],
  ['job.batch/once', 'job', 'once', '--image=busybox', '--', 'date'],
  ['cronjob.batch/often', 'cronjob', 'often', '--image=busybox', '--schedule=*/5 * * * *', '--restart=OnFailure'],
  ['job.batch/now', 'job', 'now', '--from=cronjob/often'],
  ['poddisruptionbudget.policy/number', 'poddisruptionbudget', 'number', '--selector=a=b', '--min-available=0'],
  [
    'poddisruptionbudget.policy/percent',
    'poddisruptionbudget',
    'percent',
    '--selector=a in (b)',
    '--max-unavailable=50%',
  ],
  ['priorityclass.scheduling.k8s.io/zero', 'priorityclass', 'zero', '--value=0'],
  ['priorityclass.scheduling.k8s.io/low', 'priorityclass', 'low', '--value=-5', '--preemption-policy=Never'],
  ['resourcequota/limits', 'quota', 'limits', '--hard=cpu=1500m,memory=1Gi,pods=2'],
  ['role.rbac.authorization.k8s.io/reader', 'role', 'reader', '--verb=get,list', '--resource=pods,deployments.apps'],
  [
    'rolebinding.rbac.authorization.k8s.io/readers',
    'rolebinding',
    'readers',
    '--role=reader',
    '--serviceaccount=shop:robot',
    '--group=g',
  ],
  ['clusterrole.rbac.authorization.k8s.io/urls', 'clusterrole', 'urls', '--verb=get', '--non-resource-url=/healthz'],
  ['clusterrole.rbac.authorization.k8s.io/sum', 'clusterrole', 'sum', '--aggregation-rule=a=b'],
  ['clusterrolebinding.rbac.authorization.k8s.io/all', 'clusterrolebinding', 'all', '--clusterrole=urls', '--user=u'],
  ['service/inside', 'service', 'clusterip', 'inside', '--tcp=80:8080', '--tcp=81:http'],
  ['service/outside', 'service', 'nodeport', 'outside', '--tcp=80', '--node-port=30123'],
  ['service/elsewhere', 'service', 'externalname', 'elsewhere', '--external-name=example.com'],
  ['service/balanced', 'service', 'loadbalancer', 'balanced', '--tcp=80:80'],
];

/** Without what a client says only because Go has no word for absence. */
function spoken(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spoken);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, each]) => each !== null && key !== 'status');
  return Object.fromEntries(entries.map(([key, each]) => [key, spoken(each)]));
}

describe.skipIf(inject('tier') !== 'up')('kubectl create', () => {
  const stop = new AbortController();
  let playground: Playground;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kmaint-kubectl-'));
    await writeFile(join(folder, 'binary'), Buffer.from([0xff, 0x00, 0xfe]));
    playground = await startPlayground({ fixture: 'two-nodes', clock: realClock, folder, signal: stop.signal });
  });

  afterAll(async () => {
    await playground.close();
    await rm(folder, { recursive: true });
  });

  function kubectl(...words: string[]): Promise<Ended> {
    return run(inject('kubectl'), words, { kubeconfig: playground.kubeconfigPath, env: { HOME: folder } });
  }

  async function said(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await kubectl(...words);
    expect(`${String(code)} ${stderr}`.trim(), words.join(' ')).toBe('0');
    return stdout;
  }

  it.each(creations)('makes %s, and nothing of it is lost', async (printed, ...words) => {
    const [first, ...rest] = words.map((word) => word.replace('FOLDER', folder));
    const where = printed === 'namespace/shop' ? [] : ['-n', 'shop'];
    const cut = rest.indexOf('--');
    const options = ['-o', 'json', '--dry-run=client'];
    const command = rest.toSpliced(cut === -1 ? rest.length : cut, 0, ...options);
    const meant = JSON.parse(await said('create', ...where, first ?? '', ...command)) as object;
    expect(await said('create', ...where, first ?? '', ...rest)).toBe(`${printed} created\n`);
    const stored = JSON.parse(await said('get', ...where, printed, '-o', 'json')) as object;
    expect(stored).toMatchObject(spoken(meant) as object);
  });

  it('sends protobuf, which is why', async () => {
    const { code, stderr } = await kubectl('create', 'configmap', 'watched', '-v=8');
    expect(code).toBe(0);
    const encoding = inject('kubernetesVersion').startsWith('v1.36.') ? 'vnd.kubernetes.protobuf' : 'json';
    expect(stderr).toMatch(new RegExp(`Content-Type: application/${encoding.replaceAll('.', '\\.')}`));
  });

  it('says that it exists already', async () => {
    const { code, stderr } = await kubectl('create', 'namespace', 'default');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Error from server (AlreadyExists): namespaces "default" already exists\n',
    });
  });

  it('hands out a token', async () => {
    await said('create', 'serviceaccount', 'caller');
    const [, claims = ''] = (await said('create', 'token', 'caller', '--duration=1h', '--audience=here')).split('.');
    const { aud, exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
    expect(aud).toEqual(['here']);
    expect(Number(exp) - Number(iat)).toBe(3600);
  });

  it('approves a certificate', async () => {
    const request = Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n');
    const spec = { request: request.toString('base64'), signerName: 'example.com/x', usages: ['digital signature'] };
    const csr = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'u' },
      spec,
    };
    await writeFile(join(folder, 'csr.json'), JSON.stringify(csr));
    await said('create', '-f', join(folder, 'csr.json'));
    expect(await said('certificate', 'approve', 'u')).toBe(
      'certificatesigningrequest.certificates.k8s.io/u approved\n',
    );
    const stored = JSON.parse(await said('get', 'csr', 'u', '-o', 'json')) as object;
    expect(stored).toMatchObject({
      spec,
      status: { conditions: [{ type: 'Approved', status: 'True', reason: 'KubectlApprove' }] },
    });
  });

  it('makes a pod that looks into a node', async () => {
    const { stdout, stderr } = await kubectl('debug', 'node/k8s-node1', '--image=busybox', '--profile=sysadmin');
    const seen = stdout + stderr;
    const [, name = ''] = /debugging pod (\S+) with/.exec(seen) ?? [];
    expect(name, seen).toMatch(/^node-debugger-k8s-node1-/);
    const stored = JSON.parse(await said('get', 'pod', name, '-o', 'json')) as object;
    expect(stored).toMatchObject({
      spec: {
        nodeName: 'k8s-node1',
        hostPID: true,
        containers: [{ image: 'busybox', securityContext: { privileged: true } }],
        volumes: [{ name: 'host-root', hostPath: { path: '/' } }],
      },
    });
  });
});
