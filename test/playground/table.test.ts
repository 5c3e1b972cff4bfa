import { describe, expect, it } from 'vitest';
import { toTable } from '../../src/playground/api/table.ts';
import { humanDuration } from '../../src/playground/api/table/format.ts';
import type { KubeObject } from '../../src/playground/objects.ts';
import { resourceTypes, typeOf } from '../../src/playground/resources.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const pods = typeOf('', 'pods');

interface Table {
  readonly metadata: object;
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object: unknown;
    readonly conditions?: unknown;
  }[];
}

function object(fields: { metadata?: object; [field: string]: unknown } = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Any',
    ...fields,
    metadata: {
      name: 'one',
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...fields.metadata,
    },
  };
}

function table(type: Parameters<typeof toTable>[0], item: KubeObject, include: string | null = null): Table {
  return toTable(type, [item], { resourceVersion: '9' }, include, nowMs) as Table;
}

interface Containers {
  readonly containers?: number;
  readonly statuses?: readonly object[];
  readonly inits?: readonly object[];
  readonly initStatuses?: readonly object[];
  readonly status?: object;
  readonly metadata?: object;
}

function pod({ containers = 1, statuses, inits, initStatuses, status, metadata }: Containers): KubeObject {
  return object({
    metadata: { namespace: 'default', ...metadata },
    spec: {
      containers: Array.from({ length: containers }, (_, at) => ({ name: `c${String(at)}` })),
      initContainers: inits,
    },
    status: { phase: 'Running', containerStatuses: statuses, initContainerStatuses: initStatuses, ...status },
  });
}

const running = { ready: true, restartCount: 0, state: { running: {} } };
const completed = { ready: false, restartCount: 0, state: { terminated: { exitCode: 0, reason: 'Completed' } } };
const ready = [{ type: 'Ready', status: 'True' }];
const deletionTimestamp = '2026-01-01T00:59:00Z';

describe('a pod', () => {
  it.each<[string, string, Containers]>([
    ['Pending', '0/1', { status: { phase: 'Pending' } }],
    ['Running', '1/1', { statuses: [running] }],
    ['Running', '1/2', { containers: 2, statuses: [running, { ...running, ready: false }] }],
    ['Completed', '0/1', { statuses: [completed], status: { phase: 'Succeeded' } }],
    ['Running', '1/2', { containers: 2, statuses: [completed, running], status: { conditions: ready } }],
    ['NotReady', '1/2', { containers: 2, statuses: [completed, running] }],
    [
      'Error',
      '0/2',
      { containers: 2, statuses: [completed, ended({ exitCode: 1, reason: 'Error' })], status: { phase: 'Failed' } },
    ],
    ['ExitCode:3', '0/1', { statuses: [ended({ exitCode: 3 })] }],
    ['Signal:9', '0/1', { statuses: [ended({ exitCode: 137, signal: 9 })] }],
    ['CrashLoopBackOff', '0/1', { statuses: [waits('CrashLoopBackOff')] }],
    ['ContainerCreating', '0/1', { statuses: [waits('ContainerCreating')], status: { phase: 'Pending' } }],
    ['Evicted', '0/1', { status: { phase: 'Failed', reason: 'Evicted' } }],
    [
      'SchedulingGated',
      '0/1',
      { status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', reason: 'SchedulingGated' }] } },
    ],
    ['Terminating', '1/1', { statuses: [running], metadata: { deletionTimestamp } }],
    ['Unknown', '1/1', { statuses: [running], metadata: { deletionTimestamp }, status: { reason: 'NodeLost' } }],
    ['Completed', '0/1', { statuses: [completed], metadata: { deletionTimestamp }, status: { phase: 'Succeeded' } }],
    ['Init:0/2', '0/1', { inits: [{ name: 'a' }, { name: 'b' }], initStatuses: [waits('PodInitializing', 'a')] }],
    ['Init:1/2', '0/1', { inits: [{ name: 'a' }, { name: 'b' }], initStatuses: [completed, waits('', 'b')] }],
    ['Init:Error', '0/1', { inits: [{ name: 'a' }], initStatuses: [ended({ exitCode: 1, reason: 'Error' })] }],
    ['Init:ExitCode:2', '0/1', { inits: [{ name: 'a' }], initStatuses: [ended({ exitCode: 2 })] }],
    ['Init:ImagePullBackOff', '0/1', { inits: [{ name: 'a' }], initStatuses: [waits('ImagePullBackOff', 'a')] }],
    [
      'Running',
      '2/2',
      {
        inits: [{ name: 'side', restartPolicy: 'Always' }],
        initStatuses: [{ ...running, name: 'side', started: true }],
        statuses: [running],
      },
    ],
  ])('is %s and %s ready', (word, readyCount, shape) => {
    const [name, count, status] = table(pods, pod(shape)).rows[0]?.cells ?? [];
    expect([name, count, status]).toEqual(['one', readyCount, word]);
  });

  it('says how often it restarted, and when last', () => {
    const lastState = { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:58:30Z' } };
    const once = pod({
      containers: 2,
      statuses: [
        { ...running, restartCount: 2, lastState },
        { ...running, restartCount: 1 },
      ],
    });
    expect(table(pods, once).rows[0]?.cells[3]).toBe('3 (90s ago)');
  });

  it('has the wide columns too', () => {
    const wide = object({
      spec: { nodeName: 'n1', containers: [], readinessGates: [{ conditionType: 'lb' }, { conditionType: 'x' }] },
      status: { podIPs: [{ ip: '10.0.0.1' }], conditions: [{ type: 'lb', status: 'True' }] },
    });
    expect(table(pods, wide).rows[0]?.cells.slice(4)).toEqual(['60m', '10.0.0.1', 'n1', '<none>', '1/2']);
    expect(table(pods, object({ spec: { containers: [] } })).rows[0]?.cells.slice(5)).toEqual(Array(4).fill('<none>'));
  });
});

function waits(reason: string, name = 'c0'): object {
  return { name, ready: false, restartCount: 0, state: { waiting: { reason } } };
}

function ended(terminated: object): object {
  return { ready: false, restartCount: 0, state: { terminated } };
}

describe('any table', () => {
  it('has as many cells as columns, whatever is missing in the object', () => {
    for (const type of resourceTypes) {
      const spec = { drivers: [], source: {}, containers: [], template: {}, jobTemplate: {} };
      const bare = object({ spec, status: {}, roleRef: {}, involvedObject: {} });
      const { columnDefinitions, rows } = table(type, bare);
      expect(rows[0]?.cells.length, type.plural).toBe(columnDefinitions.length);
    }
  });

  it('carries the metadata of the object, all of it, or nothing', () => {
    const item = object({ data: {} });
    const type = typeOf('', 'configmaps');
    const metadata = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: item.metadata };
    expect(table(type, item).rows[0]?.object).toEqual(metadata);
    expect(table(type, item, 'Metadata').rows[0]?.object).toEqual(metadata);
    expect(table(type, item, 'Object').rows[0]?.object).toBe(item);
    expect(table(type, item, 'None').rows[0]?.object).toBeNull();
    expect(() => table(type, item, 'Foo')).toThrow("must be 'Metadata', 'Object', 'None', or empty");
  });

  it('has the list’s metadata, or the version of the only object', () => {
    const type = typeOf('', 'configmaps');
    expect(table(type, object()).metadata).toEqual({ resourceVersion: '9' });
    expect(toTable(type, [object()], undefined, null, nowMs)).toMatchObject({ metadata: { resourceVersion: '7' } });
  });
});

describe('durations', () => {
  const minute = 60;
  const hour = 60 * minute;
  const day = 24 * hour;
  it.each([
    [-2, '<invalid>'],
    [-1.5, '0s'],
    [0, '0s'],
    [119, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 5, '2m5s'],
    [10 * minute + 59, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 59 * minute, '7h59m'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [7 * day + 5 * hour, '7d5h'],
    [8 * day + 5 * hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [800 * day, '2y70d'],
    [365 * 8 * day, '8y'],
  ])('%d s is %s', (seconds, text) => {
    expect(humanDuration(seconds * 1000)).toBe(text);
  });
});
