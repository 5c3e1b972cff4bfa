/** Holds against a live API: what we send is what a server takes, and two runs at once stay one. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { openCluster } from '../../../src/cluster/connect.ts';
import type { Node } from '../../../src/cluster/node.ts';
import {
  cordonAnnotation,
  excludeFromLoadBalancersLabel,
  scaleDownDisabledAnnotation,
} from '../../../src/drain/ownership/annotations.ts';
import { takeNode, type Taken } from '../../../src/drain/ownership/hold.ts';
import { createNodeEvents } from '../../../src/drain/ownership/node-events.ts';
import { holdOf } from '../../../src/drain/ownership/records.ts';
import type { HoldContext } from '../../../src/drain/ownership/swap.ts';
import { startPlayground, type Playground } from '../../../src/playground/playground.ts';
import type { Event } from '../../../src/report/events.ts';
import { connectionOf } from '../../door/connection.ts';
import { connect, type Api } from '../../support/api.ts';
import { drainOptions } from '../../support/world.ts';
import { taken } from './hold-world.ts';

const { signal } = new AbortController();
const seed = `apiVersion: v1
kind: Node
metadata: { name: one }
status:
  capacity: { cpu: '4', memory: 8Gi, pods: '110' }
  allocatable: { cpu: '4', memory: 8Gi, pods: '110' }
`;

let playground: Playground;
let api: Api;
let cluster: Cluster;
let events: Event[] = [];

beforeAll(async () => {
  playground = await startPlayground({ text: seed, clock: realClock, signal });
  api = connect(playground.kubeconfigPath);
  cluster = openCluster(connectionOf(playground.kubeconfigPath), {
    clock: realClock,
    userAgent: 'kmaint/test',
    warn: (message) => expect.unreachable(message),
  });
  await api.create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'medik8s-leases' },
  });
  // Loads the library, which on a busy machine takes as long as a test may.
  await cluster.serverVersion({ signal });
});
afterAll(async () => {
  cluster.close();
  api.close();
  await playground.close();
});
beforeEach(() => {
  events = [];
});

function aRun(runId: string): HoldContext {
  return {
    cluster,
    clock: realClock,
    report: { emit: (event) => void events.push(event) },
    commandLine: { again: () => 'kmaint', command: (words) => ['kmaint', ...words].join(' ') },
    signal,
    runId,
    holder: 'ann@desk',
    options: {
      ...drainOptions().ownership,
      reason: 'new disk',
      excludeFromLoadBalancers: true,
      holdAutoscaler: true,
    },
    journal: { runId, write: async () => {} },
    leases: { usable: true },
    kuredLocks: [],
  };
}

async function theNode(): Promise<Node> {
  const node = await cluster.getNode('one', { signal });
  expect.assert(node !== undefined);
  return node;
}

const lease = () => cluster.getLease({ namespace: 'medik8s-leases', name: 'node-one' }, { signal });

describe('a hold in a live cluster', () => {
  it('is taken with cordon, marks and Lease, and given back without a trace', async () => {
    const before = await theNode();
    const hold = taken(await takeNode(aRun('r1'), before, { cordon: true }));
    const during = await theNode();
    expect(holdOf(during)).toMatchObject({ run: 'r1', wasCordoned: false });
    expect(during.unschedulable).toBe(true);
    expect(during.labels[excludeFromLoadBalancersLabel]).toBe('true');
    expect(during.annotations[scaleDownDisabledAnnotation]).toBe('true');
    expect(await lease()).toMatchObject({ holderIdentity: 'kmaint/r1/ann@desk', leaseDurationSeconds: 60 });

    expect(await hold.release({ uncordon: true })).toEqual({ released: true, uncordoned: true, cordoned: false });
    const after = await theNode();
    expect([after.unschedulable, after.annotations, after.labels]).toEqual([false, before.annotations, before.labels]);
    expect(await lease()).toBeUndefined();
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
  });

  it('is won by exactly one of many runs', async () => {
    const node = await theNode();
    const results = await Promise.all(
      ['r1', 'r2', 'r3', 'r4', 'r5'].map((id) => takeNode(aRun(id), node, { cordon: true })),
    );
    const won = results.filter((result): result is Taken & { kind: 'taken' } => result.kind === 'taken');
    expect(won).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'held')).toHaveLength(4);
    expect((await lease())?.holderIdentity).toBe(`kmaint/${String(runOf(await theNode()))}/ann@desk`);
    await won[0]?.hold.release({ uncordon: false });
    const after = await theNode();
    expect(after.unschedulable).toBe(true);
    expect(after.annotations[cordonAnnotation]).toContain('new disk');
    expect(holdOf(after)).toBeUndefined();
  });

  it('tells of itself in events', async () => {
    const node = await theNode();
    await createNodeEvents(aRun('r1')).started(node);
    const recorded = await cluster.listEvents({ namespace: 'default', involvedUid: node.uid, signal });
    const event = recorded.find(({ reason }) => reason === 'DrainStarted');
    expect(event?.type).toBe('Normal');
    expect(event?.message).toContain('reason: new disk');
    expect(events).toEqual([]);
  });
});

function runOf(node: Node): string | undefined {
  const hold = holdOf(node);
  return hold === 'unreadable' ? undefined : hold?.run;
}
