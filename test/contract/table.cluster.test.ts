/** Tables and bare metadata, as kubectl asks for them by its Accept header. */
import { beforeAll, expect, test } from 'vitest';
import type { ApiAnswer } from '../support/api.ts';
import type { TestPod } from '../support/workloads.ts';
import { bodyOf, contract, until } from './contract.ts';

interface Table {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly resourceVersion?: string };
  readonly columnDefinitions: { name: string; type: string; format: string; description: string; priority: number }[];
  readonly rows: {
    cells: unknown[];
    object: { kind: string; apiVersion: string; metadata: { name: string }; spec?: unknown };
  }[];
}

contract({ prefix: 'table', nodes: 1 }, (at) => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
  const ask = (path: string, accept = table): Promise<ApiAnswer> =>
    at.api.request('GET', path, undefined, { headers: { accept } });
  const tableOf = async (path: string): Promise<Table> => bodyOf<Table>(await ask(path));
  const columns = (one: Table): string[] =>
    one.columnDefinitions.map(({ name, priority }) => `${name} ${String(priority)}`);
  const node = (): string => at.scenario.nodeNames[0] ?? '';

  beforeAll(async () => {
    await at.scenario.pod('running', { nodeName: node(), readyAfterMs: 10, goneAfterMs: 20_000 });
    await at.scenario.pod('unready', { nodeName: node(), readyAfterMs: 10, unready: true });
    await at.scenario.pod('waiting', { spec: { schedulerName: 'nobody' } });
    await at.scenario.pod('completed', { nodeName: node(), readyAfterMs: 10, completeAfterMs: 10 });
    await at.scenario.pod('failed', {
      nodeName: node(),
      readyAfterMs: 10,
      completeAfterMs: 10,
      completePhase: 'Failed',
    });
    for (const [name, phase] of [
      ['running', 'Running'],
      ['unready', 'Running'],
      ['completed', 'Succeeded'],
      ['failed', 'Failed'],
    ] as const) {
      await until<TestPod>(
        at,
        at.core(`pods/${name}`),
        `${name} to be ${phase}`,
        ({ status }) => status.phase === phase,
      );
    }
  });

  test('pods: columns and cells', async () => {
    const one = await tableOf(at.core('pods'));
    expect(one).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) as string },
    });
    expect(columns(one)).toEqual([
      'Name 0',
      'Ready 0',
      'Status 0',
      'Restarts 0',
      'Age 0',
      'IP 1',
      'Node 1',
      'Nominated Node 1',
      'Readiness Gates 1',
    ]);
    expect(one.columnDefinitions[0]).toMatchObject({ name: 'Name', type: 'string', format: 'name', priority: 0 });
    const ip = expect.stringMatching(/^10\.\d+\.\d+\.\d+$/) as string;
    const age = expect.stringMatching(/^\d+s$/) as string;
    expect(one.rows.map(({ cells }) => cells)).toEqual([
      ['completed', '0/1', 'Completed', '0', age, ip, node(), '<none>', '<none>'],
      ['failed', '0/1', 'Error', '0', age, ip, node(), '<none>', '<none>'],
      ['running', '1/1', 'Running', '0', age, ip, node(), '<none>', '<none>'],
      ['unready', '0/1', 'Running', '0', age, ip, node(), '<none>', '<none>'],
      ['waiting', '0/1', 'Pending', '0', age, '<none>', '<none>', '<none>', '<none>'],
    ]);
  });

  test('rows carry the metadata of their object, or all of it, or nothing', async () => {
    const [row] = (await tableOf(at.core('pods'))).rows;
    expect(row?.object).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'completed' },
    });
    expect(row?.object.spec).toBeUndefined();
    const [whole] = (await tableOf(at.core('pods?includeObject=Object'))).rows;
    expect(whole?.object).toMatchObject({ kind: 'Pod', apiVersion: 'v1', spec: { nodeName: node() } });
    const [none] = (await tableOf(at.core('pods?includeObject=None'))).rows;
    expect(none?.object ?? null).toBeNull();
  });

  test('one object is a table of one row', async () => {
    const one = await tableOf(at.core('pods/running'));
    expect(one.kind).toBe('Table');
    expect(one.rows.map(({ cells }) => cells.slice(0, 3))).toEqual([['running', '1/1', 'Running']]);
  });

  test('a terminating pod says so', async () => {
    await at.delete(at.core('pods/running'));
    expect((await tableOf(at.core('pods/running'))).rows[0]?.cells.slice(0, 3)).toEqual([
      'running',
      '1/1',
      'Terminating',
    ]);
  });

  test('nodes: columns and cells, also cordoned', async () => {
    const one = await tableOf(`/api/v1/nodes/${node()}`);
    expect(columns(one)).toEqual([
      'Name 0',
      'Status 0',
      'Roles 0',
      'Age 0',
      'Version 0',
      'Internal-IP 1',
      'External-IP 1',
      'OS-Image 1',
      'Kernel-Version 1',
      'Container-Runtime 1',
    ]);
    const { gitVersion } = await at.api.get<{ gitVersion: string }>('/version');
    const ip = expect.stringMatching(/^[\d.]+$/) as string;
    const age = expect.stringMatching(/^\d+s$/) as string;
    const cells = (status: string, roles: string): unknown[] => [
      node(),
      status,
      roles,
      age,
      gitVersion,
      ip,
      '<none>',
      'Debian GNU/Linux 12 (bookworm)',
      at.minor >= 36 ? '6.1.0 (amd64)' : '6.1.0',
      'containerd://2.1.0',
    ];
    expect(one.rows[0]?.cells).toEqual(cells('Ready', '<none>'));
    await at.patch('merge', `/api/v1/nodes/${node()}`, {
      metadata: { labels: { 'node-role.kubernetes.io/worker': '' } },
      spec: { unschedulable: true },
    });
    expect((await tableOf(`/api/v1/nodes/${node()}`)).rows[0]?.cells).toEqual(
      cells('Ready,SchedulingDisabled', 'worker'),
    );
  });

  test.each([
    [
      'apps',
      'deployments',
      ['Name 0', 'Ready 0', 'Up-to-date 0', 'Available 0', 'Age 0', 'Containers 1', 'Images 1', 'Selector 1'],
    ],
    [
      'apps',
      'replicasets',
      ['Name 0', 'Desired 0', 'Current 0', 'Ready 0', 'Age 0', 'Containers 1', 'Images 1', 'Selector 1'],
    ],
    ['apps', 'statefulsets', ['Name 0', 'Ready 0', 'Age 0', 'Containers 1', 'Images 1']],
    [
      'apps',
      'daemonsets',
      [
        'Name 0',
        'Desired 0',
        'Current 0',
        'Ready 0',
        'Up-to-date 0',
        'Available 0',
        'Node Selector 0',
        'Age 0',
        'Containers 1',
        'Images 1',
        'Selector 1',
      ],
    ],
    [
      'policy',
      'poddisruptionbudgets',
      ['Name 0', 'Min Available 0', 'Max Unavailable 0', 'Allowed Disruptions 0', 'Age 0'],
    ],
    ['core', 'configmaps', ['Name 0', 'Data 0', 'Age 0']],
    ['core', 'services', ['Name 0', 'Type 0', 'Cluster-IP 0', 'External-IP 0', 'Port(s) 0', 'Age 0', 'Selector 1']],
    [
      'core',
      'events',
      [
        'Last Seen 0',
        'Type 0',
        'Reason 0',
        'Object 0',
        'Subobject 1',
        'Source 1',
        'Message 0',
        'First Seen 1',
        'Count 1',
        'Name 1',
      ],
    ],
  ] as const)('%s/%s: columns', async (group, resource, expected) => {
    const path = group === 'core' ? at.core(resource) : group === 'apps' ? at.apps(resource) : at.policy(resource);
    expect(columns(await tableOf(path))).toEqual(expected);
  });

  test('a budget: cells', async () => {
    await at.scenario.budget('cells', { maxUnavailable: '50%' });
    expect((await tableOf(at.policy('poddisruptionbudgets/cells'))).rows[0]?.cells.slice(0, 4)).toEqual([
      'cells',
      'N/A',
      '50%',
      0,
    ]);
  });

  test('bare metadata of one and of many', async () => {
    const one = await ask(at.core('pods/waiting'), 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
    expect(bodyOf(one)).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'waiting' },
    });
    expect(one.body).not.toHaveProperty('spec');
    const many = await ask(at.core('pods'), 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
    expect(bodyOf(many)).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    const { items } = many.body as { items: object[] };
    expect(items).toHaveLength(5);
    for (const item of items) expect(Object.keys(item).toSorted()).toEqual(['apiVersion', 'kind', 'metadata']);
    expect(items[0]).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
  });

  test('a watch tells tables, too', async () => {
    const answer = await ask(`${at.core('pods')}?watch=true&fieldSelector=metadata.name%3Dwaiting&timeoutSeconds=1`);
    const [event] = answer.body as { type: string; object: Table }[];
    expect(event).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Table', rows: [{ object: { kind: 'PartialObjectMetadata' } }] },
    });
    expect(event?.object.rows[0]?.cells.slice(0, 3)).toEqual(['waiting', '0/1', 'Pending']);
    expect(event?.object.columnDefinitions.length).toBeGreaterThan(0);
  });

  test('a refusal stays a Status', async () => {
    expect(await ask(at.core('pods/absent'))).toMatchObject({
      status: 404,
      body: { kind: 'Status', reason: 'NotFound' },
    });
  });
});
