import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { selfChecks, type SelfFinding, type Surroundings } from '../../src/drain/self.ts';
import { aNode, aPod } from '../support/objects.ts';

const own = aPod({ name: 'kmaint-x7', namespace: 'ops', uid: 'uid-of-kmaint' });
const inPod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', HOSTNAME: 'kmaint-x7' };
const elsewhere = 'https://lb.example.test:6443';

function check(surroundings: Partial<Surroundings>, nodes: readonly Node[] = [aNode()]): readonly SelfFinding[] {
  return selfChecks(nodes, { env: {}, server: elsewhere, pods: [own], ...surroundings });
}

describe("kmaint's own pod", () => {
  it.each<[what: string, surroundings: Partial<Surroundings>]>([
    ['by its host name', { env: inPod }],
    ['by POD_NAME, where the host name is the node', { env: { ...inPod, HOSTNAME: 'node1', POD_NAME: 'kmaint-x7' } }],
    ['by a given name', { env: { ...inPod, HOSTNAME: 'node1' }, podName: 'kmaint-x7' }],
    ['by name and namespace', { env: { ...inPod, POD_NAMESPACE: 'ops' } }],
  ])('is found %s, and refuses the drain', (_, surroundings) => {
    expect(check(surroundings)).toEqual([
      {
        node: 'node1',
        severity: 'refuse',
        podUid: 'uid-of-kmaint',
        message: expect.stringContaining('kmaint runs in ops/kmaint-x7 on node1 itself'),
      },
    ]);
  });

  it.each<[what: string, surroundings: Partial<Surroundings>, nodes?: readonly Node[]]>([
    ['outside of a cluster', { env: { HOSTNAME: 'kmaint-x7' } }],
    ['outside, with an empty variable', { env: { ...inPod, KUBERNETES_SERVICE_HOST: '' } }],
    ['on another node', { env: inPod, pods: [{ ...own, nodeName: 'node2' }] }],
    ['of that name in another namespace', { env: { ...inPod, POD_NAMESPACE: 'other' } }],
    ['a finished pod', { env: inPod, pods: [{ ...own, finished: true }] }],
    ['no pods', { env: inPod, pods: [] }],
  ])('is not: %s', (_, surroundings, nodes) => {
    expect(check(surroundings, nodes)).toEqual([]);
  });

  it.each<[string, Partial<Pod>]>([
    ['a DaemonSet pod', { controller: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'k', uid: 'u' } }],
    ['a mirror pod', { mirror: true, controller: undefined }],
  ])('is only warned of when the drain leaves it alone: %s', (_, differences) => {
    const [finding, ...more] = check({ env: inPod, pods: [{ ...own, ...differences }] });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'warn', message: expect.stringContaining('leaves that pod alone') });
    expect(finding?.podUid).toBeUndefined();
  });

  it('refuses the node whose network it uses, when nothing says which pod it is', () => {
    const env = { ...inPod, HOSTNAME: 'node1' };
    const findings = check({ env }, [aNode(), aNode({ name: 'node2' })]);
    expect(findings).toEqual([
      { node: 'node1', severity: 'refuse', message: expect.stringContaining('set POD_NAME and POD_NAMESPACE') },
    ]);
  });

  it('says that it does not know itself at all', () => {
    expect(check({ env: { KUBERNETES_SERVICE_HOST: '10.96.0.1' } })).toMatchObject([{ severity: 'warn' }]);
  });
});

describe('the API server that kmaint talks to', () => {
  const at = (...addresses: string[]): Node =>
    aNode({ addresses: addresses.map((address) => ({ type: 'InternalIP', address })) });

  it.each<[server: string, node: Node]>([
    ['https://192.0.2.1:6443', at('192.0.2.1')],
    ['https://CP1.example.test', at('192.0.2.1', 'cp1.example.test')],
    ['https://[2001:db8::1]:6443', at('2001:db8:0:0::1')],
  ])('%s is warned of when it is the node', (server, node) => {
    expect(check({ server, pods: [] }, [node])).toMatchObject([
      { node: 'node1', severity: 'warn', message: expect.stringContaining('is node1 itself') },
    ]);
  });

  it.each<[server: string, node: Node]>([
    [elsewhere, at('192.0.2.1')],
    ['https://192.0.2.10:6443', at('192.0.2.1')],
    ['https://127.0.0.1:6443', at('127.0.0.1')],
    ['https://localhost:6443', at('localhost')],
    ['https://[::1]:6443', at('::1')],
    ['no URL', at('192.0.2.1')],
    ['https://192.0.2.1:6443', at()],
    ['https://192.0.2.1:6443', at('not an address', '')],
  ])('%s is not', (server, node) => {
    expect(check({ server, pods: [] }, [node])).toEqual([]);
  });
});
