/** `why` finds what was asked about, reads around it what may be read, and says when there is no such thing. */
import { describe, expect, it } from 'vitest';
import { explainSubject, type Subject } from '../../src/drain/explain-lookup.ts';
import { ClusterError } from '../../src/errors.ts';
import { aBudget, aPod, aWorkload } from '../support/objects.ts';
import { aWorld, type TestWorld } from '../support/world.ts';

const never = aBudget({ disruptionsAllowed: 0, minAvailable: 2, desiredHealthy: 2 });

function shop(): TestWorld {
  const world = aWorld([aPod(), aPod({ name: 'web-2' }), aPod({ name: 'api-1', namespace: 'office' })]);
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'uid-of-web' };
  world.cluster.putWorkload(aWorkload({ kind: 'ReplicaSet', uid: 'uid-of-rs', controller: deployment }));
  world.cluster.putWorkload(aWorkload());
  world.cluster.budgets = [never];
  return world;
}

const ask = (world: TestWorld, subject: Partial<Subject>) =>
  explainSubject(world, { kind: undefined, namespace: 'shop', name: 'web-1', ...subject });

const forbidden = (): Error => new ClusterError('forbidden', { code: 'cluster.forbidden', status: 403 });

describe('explainSubject', () => {
  it('explains a pod by its budget and the Deployment above its ReplicaSet', async () => {
    const world = shop();
    const told = await ask(world, {});
    expect(told).toMatchObject({ kind: 'pod', namespace: 'shop', name: 'web-1', verdict: 'never' });
    expect(told.pods.map(({ name }) => name)).toEqual(['web-1', 'web-2']);
    expect(told.fixes[0]).toBe('kubectl scale deployment web --replicas=3 -n shop --context test');
    expect(world.cluster.writes).toEqual([]);
  });

  it.each<[Partial<Subject>, string]>([
    [{ name: 'web' }, 'poddisruptionbudget'],
    [{ name: 'web', kind: 'poddisruptionbudget' }, 'poddisruptionbudget'],
    [{ name: 'web-1', kind: 'pod' }, 'pod'],
  ])('%j is a %s', async (subject, kind) => {
    expect(await ask(shop(), subject)).toMatchObject({ kind, verdict: 'never' });
  });

  it('takes a bare name for a pod where there are both', async () => {
    const world = shop();
    world.cluster.put(aPod({ name: 'web' }));
    expect((await ask(world, { name: 'web' })).kind).toBe('pod');
  });

  it.each<[Partial<Subject>, string, string]>([
    [
      { name: 'web-11' },
      'no pod or disruption budget in namespace shop is called web-11; did you mean web-1?',
      'kubectl get pods,pdb -n shop --context test',
    ],
    [
      { name: 'web-1', kind: 'poddisruptionbudget' },
      'no disruption budget in namespace shop is called web-1; did you mean web?',
      'kubectl get pdb -n shop --context test',
    ],
    [{ name: 'web', kind: 'pod' }, 'no pod in namespace shop is called web', 'kubectl get pods -n shop --context test'],
    [
      { name: 'web', namespace: 'office' },
      'no pod or disruption budget in namespace office is called web',
      'kubectl get pods,pdb -n office --context test',
    ],
    [
      { name: 'api-1', namespaceAssumed: true },
      'no pod or disruption budget in namespace shop is called api-1',
      'if it is in another namespace, name that with -n; to find it: kubectl get pods,pdb -A --context test',
    ],
    [
      { name: 'api', kind: 'poddisruptionbudget', namespaceAssumed: true },
      'no disruption budget in namespace shop is called api',
      'if it is in another namespace, name that with -n; to find it: kubectl get pdb -A --context test',
    ],
    [
      { name: 'web-11', namespaceAssumed: true },
      'no pod or disruption budget in namespace shop is called web-11; did you mean web-1?',
      'kubectl get pods,pdb -n shop --context test',
    ],
  ])('%j does not exist', async (subject, message, hint) => {
    const error: unknown = await ask(shop(), subject).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'cluster.not-found', exitCode: 4, hint });
    expect((error as Error).message).toContain(message);
  });

  it('says what it does not know with few rights', async () => {
    const world = shop();
    world.cluster.failures.set('listBudgets', forbidden);
    world.cluster.failures.set('listPods', forbidden);
    world.cluster.failures.set('getWorkload', forbidden);
    expect((await ask(world, {})).verdict).toBe('unknown');
    world.cluster.failures.delete('listBudgets');
    const told = await ask(world, {});
    expect(told.verdict).toBe('never');
    expect(told.sentences.join('\n')).toContain('could not be read');
    expect(told.fixes.join('\n')).not.toContain('scale');
  });

  it('fails when the subject itself may not be read, or the server is gone', async () => {
    const world = shop();
    world.cluster.failures.set('listBudgets', forbidden);
    await expect(ask(world, { name: 'web' })).rejects.toThrow('forbidden');
    world.cluster.failures.set('listBudgets', () => new ClusterError('gone', { code: 'cluster.unreachable' }));
    await expect(ask(world, {})).rejects.toThrow('gone');
  });

  it('asks about the DaemonSet of a pod', async () => {
    const world = shop();
    world.cluster.daemonSets.set('shop/agent', 'exists');
    const controller = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'u' };
    world.cluster.put(aPod({ name: 'agent-1', controller }));
    expect((await ask(world, { name: 'agent-1' })).verdict).toBe('left-alone');
  });
});
