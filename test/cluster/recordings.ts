// The situations whose answers are recorded, one after the other on one small cluster.

import { join } from 'node:path';
import { connect, waitFor } from '../support/api.ts';
import type { Api } from '../support/api.ts';
import type { Scenario } from '../support/scenario.ts';
import type { TestPod } from '../support/workloads.ts';
import type { Recorder } from './record.ts';
import { writeTokenUser } from './users.ts';

/** The cluster to record from, which belongs to nobody else: its programs are stopped, its history is cut. */
export interface Stage {
  readonly api: Api;
  readonly scenario: Scenario;
  readonly record: Recorder;
  /** For kubeconfigs. */
  readonly folder: string;
  /** URL of etcd's JSON gateway. */
  readonly etcd: string;
  readonly controllerManagerPid: number;
  readonly restartApiServer: () => Promise<void>;
}

const eviction = (namespace: string, name: string, deleteOptions?: unknown): unknown => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name, namespace },
  ...(deleteOptions === undefined ? {} : { deleteOptions }),
});

const evictionPath = (namespace: string, name: string): string =>
  `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;

async function firstPod({ api, scenario }: Stage, app: string): Promise<TestPod> {
  const [pod] = await api.list<TestPod>(`/api/v1/namespaces/${scenario.namespace}/pods?labelSelector=app%3D${app}`);
  if (pod === undefined) throw new Error(`no pod of ${app}`);
  return pod;
}

async function recordBudgets(stage: Stage): Promise<void> {
  const { api, scenario, record, controllerManagerPid } = stage;
  const { namespace } = scenario;
  await scenario.deployment('web', 2, { readyAfterMs: 10 });
  await scenario.budget('web', { minAvailable: 2 });
  await scenario.deployment('twice', 1, { readyAfterMs: 10 });
  await scenario.budget('twice-a', { minAvailable: 0, selector: { matchLabels: { app: 'twice' } } });
  await scenario.budget('twice-b', { minAvailable: 0, selector: { matchLabels: { app: 'twice' } } });
  await scenario.waitReady();
  const web = (await firstPod(stage, 'web')).metadata.name;
  const twice = (await firstPod(stage, 'twice')).metadata.name;
  const post = (name: string, pod: string): Promise<void> =>
    record(name, api, 'POST', evictionPath(namespace, pod), eviction(namespace, pod));
  await post('eviction-429-budget-exhausted', web);
  await post('eviction-500-two-budgets', twice);
  // While the controller sleeps, a changed budget is newer than its own status.
  process.kill(controllerManagerPid, 'SIGSTOP');
  try {
    const budget = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/web`;
    await api.patch(budget, { spec: { minAvailable: 1 } });
    await post('eviction-429-still-being-processed', web);
  } finally {
    process.kill(controllerManagerPid, 'SIGCONT');
  }
  await scenario.waitReady();
  await record('eviction-201', api, 'POST', evictionPath(namespace, web), eviction(namespace, web));
  await record('eviction-201-already-terminating', api, 'POST', evictionPath(namespace, web), eviction(namespace, web));
}

async function recordIdentity(stage: Stage): Promise<void> {
  const { api, scenario, record } = stage;
  const { namespace } = scenario;
  const path = evictionPath(namespace, 'bare');
  await scenario.pod('bare', { readyAfterMs: 10, goneAfterMs: 60_000 });
  await scenario.waitReady();
  const wrong = { preconditions: { uid: '00000000-0000-4000-8000-000000000000' } };
  await record('eviction-409-uid-mismatch', api, 'POST', path, eviction(namespace, 'bare', wrong));
  await record('eviction-404-no-pod', api, 'POST', evictionPath(namespace, 'nobody'), eviction(namespace, 'nobody'));
  const dryRun = eviction(namespace, 'bare', { dryRun: ['All'] });
  await record('eviction-201-dry-run', api, 'POST', path, dryRun);
  const pod = `/api/v1/namespaces/${namespace}/pods/bare`;
  await record('pod-delete-409-uid-mismatch', api, 'DELETE', pod, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...wrong,
  });
  await record('pod-get-404', api, 'GET', `/api/v1/namespaces/${namespace}/pods/nobody`);
  await record('node-get-404', api, 'GET', '/api/v1/nodes/nobody');
  await record(
    'node-patch-409-resource-version',
    api,
    'PATCH',
    `/api/v1/nodes/${scenario.nodeNames[0] ?? ''}`,
    {
      metadata: { resourceVersion: '1' },
      spec: { unschedulable: true },
    },
    { contentType: 'application/strategic-merge-patch+json' },
  );
  await record('pod-delete-200', api, 'DELETE', pod, { apiVersion: 'v1', kind: 'DeleteOptions' });
}

async function recordUsers(stage: Stage): Promise<void> {
  const { api, scenario, record, folder } = stage;
  const { namespace } = scenario;
  const file = join(folder, 'robot.kubeconfig');
  await writeTokenUser(api, file, namespace, 'robot');
  const robot = connect(file);
  const node = `/api/v1/nodes/${scenario.nodeNames[0] ?? ''}`;
  const cordon = { spec: { unschedulable: true } };
  const contentType = 'application/strategic-merge-patch+json';
  await record('eviction-403-rbac', robot, 'POST', evictionPath(namespace, 'bare'), eviction(namespace, 'bare'));
  await record('node-patch-403-rbac', robot, 'PATCH', node, cordon, { contentType });
  await record('node-get-403-rbac', robot, 'GET', node);
  const review = (verb: string): unknown => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb, resource: 'nodes', name: scenario.nodeNames[0] ?? '' } },
  });
  const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  await record('access-review-denied', robot, 'POST', reviews, review('patch'));
  await record('access-review-allowed', api, 'POST', reviews, review('patch'));
  robot.close();
  // A client certificate would win over the header: a user who has neither.
  const stranger = connect(file);
  await record('node-list-401', stranger, 'GET', '/api/v1/nodes', undefined, {
    headers: { authorization: 'Bearer wrong' },
  });
  stranger.close();
}

async function recordAdmission(stage: Stage): Promise<void> {
  const { api, scenario, record } = stage;
  const { namespace } = scenario;
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods/eviction'] }];
  const namespaceSelector = { matchLabels: scenario.nodeLabel };
  await scenario.pod('judged', { readyAfterMs: 10 });
  await scenario.waitReady();
  const post = (): ReturnType<Api['request']> =>
    api.request('POST', `${evictionPath(namespace, 'judged')}?dryRun=All`, eviction(namespace, 'judged'));
  const admission = '/apis/admissionregistration.k8s.io/v1';
  const metadata = { name: 'record' };

  const policies = `${admission}/validatingadmissionpolicies`;
  const bindings = `${admission}/validatingadmissionpolicybindings`;
  const policy = {
    matchConstraints: { resourceRules: rules, namespaceSelector },
    validations: [{ expression: 'false', message: 'no evictions during business hours' }],
  };
  await api.create(policies, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata,
    spec: policy,
  });
  await api.create(bindings, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata,
    spec: { policyName: 'record', validationActions: ['Deny'] },
  });
  await waitFor('the policy to count', async () => ((await post()).status === 201 ? undefined : true));
  await record(
    'eviction-denied-by-policy',
    api,
    'POST',
    evictionPath(namespace, 'judged'),
    eviction(namespace, 'judged'),
  );
  await api.delete(`${bindings}/record`);
  await api.delete(`${policies}/record`);
  await waitFor('the policy to be gone', async () => ((await post()).status === 201 ? true : undefined));

  const webhooks = `${admission}/validatingwebhookconfigurations`;
  await api.create(webhooks, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata,
    webhooks: [
      {
        name: 'guard.kmaint.test',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        rules,
        namespaceSelector,
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 2,
      },
    ],
  });
  await waitFor('the webhook to count', async () => ((await post()).status === 201 ? undefined : true));
  await record(
    'eviction-500-webhook-unreachable',
    api,
    'POST',
    evictionPath(namespace, 'judged'),
    eviction(namespace, 'judged'),
  );
  await api.delete(`${webhooks}/record`);
}

async function recordReads(stage: Stage): Promise<void> {
  const { api, scenario, record } = stage;
  const nodes = `/api/v1/nodes?labelSelector=${encodeURIComponent(scenario.nodeSelector)}`;
  const pods = `/api/v1/namespaces/${scenario.namespace}/pods`;
  await record('version', api, 'GET', '/version');
  await record('discovery-api-v1', api, 'GET', '/api/v1');
  await record('node-list', api, 'GET', nodes);
  await record('pod-list', api, 'GET', `${pods}?limit=2`);
}

async function recordTermination(stage: Stage): Promise<void> {
  const { api, scenario, record } = stage;
  const namespace = await scenario.addNamespace('ending');
  await scenario.pod('held', { namespace, finalizers: ['kmaint.test/hold'], readyAfterMs: 10 });
  await scenario.waitReady();
  await api.delete(`/api/v1/namespaces/${namespace}`);
  const path = evictionPath(namespace, 'held');
  await record('eviction-403-namespace-terminating', api, 'POST', path, eviction(namespace, 'held'));
}

/** The same continue token, but of a moment long past. */
function aged(token: string): string {
  const fields = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, unknown>;
  return Buffer.from(JSON.stringify({ ...fields, rv: 2 })).toString('base64url');
}

/** A server that has just started remembers nothing of what was before, and etcd is told to forget it. */
async function recordExpiry({ api, scenario, record, etcd, restartApiServer }: Stage): Promise<void> {
  const pods = `/api/v1/namespaces/${scenario.namespace}/pods`;
  const { metadata } = await api.get<{ metadata: { continue: string; resourceVersion: string } }>(`${pods}?limit=1`);
  const compacted = await fetch(`${etcd}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision: metadata.resourceVersion, physical: true }),
  });
  if (!compacted.ok) throw new Error(`etcd would not compact: ${await compacted.text()}`);
  await restartApiServer();
  await record('pod-list-410-expired-continue', api, 'GET', `${pods}?limit=1&continue=${aged(metadata.continue)}`);
  await record('pod-watch-410-expired', api, 'GET', `${pods}?watch=true&resourceVersion=1&timeoutSeconds=5`);
}

/** Records everything. */
export async function recordings(stage: Stage): Promise<void> {
  await recordBudgets(stage);
  await recordIdentity(stage);
  await recordUsers(stage);
  await recordAdmission(stage);
  await recordReads(stage);
  await recordTermination(stage);
  await recordExpiry(stage);
}
