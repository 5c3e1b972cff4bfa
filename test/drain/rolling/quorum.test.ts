import { kubectlFor } from '../../../src/cli/kubectl.ts';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/cluster/node.ts';
import type { Pod } from '../../../src/cluster/pod.ts';
import {
  concernsQuorum,
  quorumObjection,
  quorumVerdict,
  readQuorum,
  type QuorumCourse,
  type QuorumFacts,
} from '../../../src/drain/rolling/quorum.ts';
import { ClusterError } from '../../../src/errors.ts';
import type { Commands } from '../../../src/drain/world.ts';
import { aNode, aPod } from '../../support/objects.ts';
import { aWorld } from '../../support/world.ts';
import { onProd } from '../resume-case.ts';

const controlPlane = (name: string, differences: Partial<Node> = {}): Node =>
  aNode({ name, controlPlane: true, ...differences });
const etcd = (nodeName: string, differences: Partial<Pod> = {}): Pod =>
  aPod({
    name: `etcd-${nodeName}`,
    namespace: 'kube-system',
    nodeName,
    mirror: true,
    controller: undefined,
    labels: { component: 'etcd', tier: 'control-plane' },
    ...differences,
  });
const [cp1, cp2, cp3, cp4, cp5] = ['cp1', 'cp2', 'cp3', 'cp4', 'cp5'].map((name) => controlPlane(name)) as [
  Node,
  Node,
  Node,
  Node,
  Node,
];
const three = [cp1, cp2, cp3];
const five = [...three, cp4, cp5];
const podsOf = (nodes: readonly Node[]): Pod[] => nodes.map(({ name }) => etcd(name));

describe('the quorum without a node', () => {
  it.each<[what: string, nodes: readonly Node[], pods: readonly Pod[], target: Node]>([
    ['a worker', three, podsOf(three), aNode({ name: 'node1' })],
    ['one of three healthy members', three, podsOf(three), cp1],
    ['one of five healthy members', five, podsOf(five), cp3],
    ['one of five, another ill', five, [...podsOf(five.slice(0, 4)), etcd('cp5', { ready: false })], cp1],
    ['the ill one of three', three, [etcd('cp1', { ready: false }), etcd('cp2'), etcd('cp3')], cp1],
    ['the one of three whose etcd pod is gone', three, podsOf([cp2, cp3]), cp1],
  ])('is kept: %s', (_, nodes, pods, target) => {
    expect(quorumVerdict(nodes, pods, target)).toEqual({ ok: true });
  });

  it.each<[what: string, nodes: readonly Node[], pods: readonly Pod[], target: Node, message: string]>([
    ['the only member', [cp1], podsOf([cp1]), cp1, 'cp1 holds the only etcd member'],
    ['one of two', [cp1, cp2], podsOf([cp1, cp2]), cp1, 'has 1 healthy of 2 members and needs 2'],
    [
      'one of three, another not ready',
      three,
      [etcd('cp1'), etcd('cp2', { ready: false }), etcd('cp3')],
      cp1,
      'has 1 healthy of 3 members and needs 2 (kube-system/etcd-cp2 is not ready)',
    ],
    [
      'one of three, another on a node that is not Ready',
      [cp1, controlPlane('cp2', { ready: 'Unknown' }), cp3],
      podsOf(three),
      cp1,
      'cp2 is not Ready',
    ],
    ['one of three, another without its pod', three, podsOf([cp1, cp3]), cp1, 'no etcd pod on cp2'],
    [
      'one of three, another terminating',
      three,
      [etcd('cp1'), etcd('cp2', { deletionTimestamp: '2026-01-01T00:00:30Z' }), etcd('cp3')],
      cp1,
      'kube-system/etcd-cp2 is not ready',
    ],
    ['one of five with two ill', five, podsOf(three), cp1, 'has 2 healthy of 5 members and needs 3'],
    [
      'an etcd node without the control-plane role',
      [],
      podsOf([cp1, cp2]),
      aNode({ name: 'cp1' }),
      'has 1 healthy of 2 members',
    ],
  ])('is lost: %s', (_, nodes, pods, target, message) => {
    const verdict = quorumVerdict(nodes, pods, target);
    expect(verdict).toMatchObject({ ok: false });
    expect(verdict).toHaveProperty('message', expect.stringContaining(message));
  });

  it('is not known where no etcd pods are seen', () => {
    expect(quorumVerdict(three, [], cp1)).toEqual({ ok: true, warning: expect.stringContaining('no etcd pods') });
  });
});

describe('an objection', () => {
  const write: Commands = { command: (words) => onProd.command(words), kubectl: kubectlFor('prod') };
  const stops = { takesDown: true };
  const drains = { takesDown: false };
  const only = { controlPlaneNodes: [cp1], etcdPods: podsOf([cp1]) };
  const two = { controlPlaneNodes: [cp1, cp2], etcdPods: podsOf([cp1, cp2]) };
  const oneIll = { controlPlaneNodes: three, etcdPods: podsOf([cp1, cp2]) };
  const all = { controlPlaneNodes: three, etcdPods: podsOf(three) };
  const along = (...names: string[]): QuorumCourse => ({ takesDown: false, alongWith: new Set(names) });

  it.each<[string, QuorumFacts, QuorumCourse, boolean, RegExp]>([
    ['stopping the only member', only, stops, false, /without --exec .*: kmaint drain --context=prod cp1; or add/],
    ['stopping one of two', two, stops, false, /^of two members none can be spared: add a control-plane node first; /],
    [
      'draining one of two',
      two,
      drains,
      false,
      /^of two members none can be spared: .*: kubectl get pods -n kube-system -l component=etcd -o wide --context prod$/,
    ],
    ['draining one of three with one ill', oneIll, drains, true, /^bring the others back first; .*kubectl get pods/],
    [
      'draining a second of three in one run',
      all,
      along('cp2'),
      false,
      /^bring each back .*: kmaint drain --context=prod --max-unavailable=1 --uncordon cp2 cp1 /,
    ],
  ])('refuses %s, and says what to do instead', (_, facts, course, mayPass, hint) => {
    expect(quorumObjection(facts, cp1, course, write)).toMatchObject({
      severity: 'refuse',
      mayPass,
      hint: expect.stringMatching(hint),
    });
  });

  it.each<[string, QuorumFacts, Node]>([
    ['the only member, which every maintenance of it takes away', only, cp1],
    [
      'one that is ill itself, so that its drain takes nothing away',
      { controlPlaneNodes: three, etcdPods: podsOf([cp1]) },
      cp3,
    ],
    [
      'one on a node that is not Ready, of two',
      { controlPlaneNodes: [controlPlane('cp1', { ready: 'Unknown' }), cp2], etcdPods: podsOf([cp1, cp2]) },
      controlPlane('cp1', { ready: 'Unknown' }),
    ],
  ])('only warns of draining %s', (_, facts, target) => {
    expect(quorumObjection(facts, target, drains, write)).toMatchObject({
      severity: 'warn',
      message: expect.stringMatching(/; the drain itself leaves etcd running, stopping the node does not$/),
    });
    expect(quorumObjection(facts, target, stops, write)).toMatchObject({ severity: 'refuse' });
  });

  it('counts what goes along only once, and only members', () => {
    const facts = { controlPlaneNodes: five, etcdPods: podsOf(five) };
    expect(quorumObjection(facts, cp1, along('cp2'), write)).toBeUndefined();
    expect(quorumObjection(facts, cp1, along('cp2', 'node1', 'node2'), write)).toBeUndefined();
    expect(quorumObjection(facts, cp1, along('cp1', 'cp2'), write)).toBeUndefined();
    expect(quorumObjection(facts, cp1, along('cp2', 'cp3'), write)).toMatchObject({
      message:
        'without cp1 etcd has 2 healthy of 5 members and needs 3 (cp2 goes out of service in the same run; cp3 goes out of service in the same run)',
    });
    // cp5 is ill already: that it goes along takes nothing more away.
    const ill = { controlPlaneNodes: five, etcdPods: podsOf(five.slice(0, 4)) };
    expect(quorumObjection(ill, cp1, along('cp5'), write)).toBeUndefined();
  });

  it('warns of what was not checked, and has nothing against workers and safe members', () => {
    const unreadable = { controlPlaneNodes: [cp1], etcdPods: undefined, unreadable: 'pods is forbidden' };
    expect(quorumObjection(unreadable, cp1, stops, write)).toMatchObject({
      severity: 'warn',
      message: expect.stringContaining('pods is forbidden'),
    });
    expect(quorumObjection(unreadable, aNode({ name: 'node1' }), stops, write)).toBeUndefined();
    expect(quorumObjection({ controlPlaneNodes: [cp1], etcdPods: [] }, cp1, stops, write)).toMatchObject({
      severity: 'warn',
    });
    expect(quorumObjection(all, cp1, stops, write)).toBeUndefined();
  });
});

it('concerns the control plane, and every node with an etcd pod', () => {
  const facts = { controlPlaneNodes: [cp1], etcdPods: podsOf([cp1, cp2]) };
  expect(concernsQuorum(facts, cp1)).toBe(true);
  expect(concernsQuorum(facts, aNode({ name: 'cp2' }))).toBe(true);
  expect(concernsQuorum(facts, aNode({ name: 'node1' }))).toBe(false);
  expect(concernsQuorum({ ...facts, etcdPods: undefined }, cp3)).toBe(true);
});

describe('reading', () => {
  it('finds control-plane and etcd nodes, and only the mirror pods of a static etcd', async () => {
    const k3s = aNode({ name: 'k3s', labels: { 'node-role.kubernetes.io/etcd': 'true' } });
    const imposter = etcd('cp1', { name: 'not-static', mirror: false });
    const elsewhere = etcd('cp1', { name: 'other', namespace: 'shop' });
    const world = aWorld([etcd('cp1'), imposter, elsewhere], [aNode(), cp1, k3s]);
    const facts = await readQuorum(world, world.signal);
    expect(facts.controlPlaneNodes.map(({ name }) => name)).toEqual(['cp1', 'k3s']);
    expect(facts.etcdPods?.map(({ name }) => name)).toEqual(['etcd-cp1']);
  });

  it('says why the pods could not be read', async () => {
    const world = aWorld([], [cp1]);
    const forbidden = new ClusterError('pods is forbidden', { code: 'cluster.forbidden', status: 403 });
    world.cluster.failures.set('listPods', () => forbidden);
    expect(await readQuorum(world, world.signal)).toEqual({
      controlPlaneNodes: [],
      etcdPods: undefined,
      unreadable: 'pods is forbidden',
    });
    world.cluster.failures.delete('listPods');
    world.cluster.failures.set('listNodes', () => forbidden);
    expect(await readQuorum(world, world.signal)).toMatchObject({
      etcdPods: undefined,
      unreadable: 'pods is forbidden',
    });
  });
});
