import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../src/cluster/lease.ts';
import type { Node } from '../../../src/cluster/node.ts';
import type { UnreachableOptions } from '../../../src/drain/options.ts';
import { proveOff, type Proof } from '../../../src/drain/unreachable/proof.ts';
import { ClusterError } from '../../../src/errors.ts';
import type { JournalEntry } from '../../../src/journal/journal.ts';
import type { RunOutcome } from '../../../src/process/run.ts';
import { aNode } from '../../support/objects.ts';
import { said } from '../../support/said.ts';
import { aWorld, finish, type TestWorld } from '../../support/world.ts';

const silent = aNode({ ready: 'Unknown' });
const typed: Partial<UnreachableOptions> = { poweredOff: ['node1'] };
const fence: Partial<UnreachableOptions> = { fenceExec: '/opt/fence' };

interface Attempt {
  readonly proof: Proof;
  readonly ran: readonly string[];
  readonly world: TestWorld;
  /** What was written down. */
  readonly lines: readonly JournalEntry[];
}

async function attempt(
  stored: Node | undefined,
  options: Partial<UnreachableOptions>,
  more: {
    outcome?: RunOutcome;
    onStart?: (lines: readonly JournalEntry[]) => void;
    onFence?: (world: TestWorld) => void;
    prepare?: (world: TestWorld) => void;
  } = {},
): Promise<Attempt> {
  const world = aWorld([], stored ? [stored] : []);
  more.prepare?.(world);
  const ran: string[] = [];
  const lines: JournalEntry[] = [];
  const proof = proveOff(
    {
      ...world,
      env: { PATH: '/bin' },
      cwd: '/',
      runId: 'run-1',
      journal: { runId: 'run-1', write: async (entry) => void lines.push(entry) },
      run: async ({ file, args, env, onLine }) => {
        more.onStart?.(lines);
        ran.push([file, ...args, env['KMAINT_NODE']].join(' '));
        more.onFence?.(world);
        return said({ onLine }, more.outcome ?? { kind: 'exited', exitCode: 0, stdout: '', stderr: '' });
      },
    },
    silent,
    { poweredOff: [], fenceExec: undefined, outOfService: true, ...options },
  );
  return { proof: await finish(world.clock, proof), ran, world, lines };
}

const leaseOf = (world: TestWorld, ageMs: number): Lease => ({
  ...aNode({ name: 'node1' }),
  namespace: 'kube-node-lease',
  holderIdentity: 'node1',
  leaseDurationSeconds: 40,
  acquireTime: undefined,
  renewTime: new Date(world.clock.now() - ageMs).toISOString(),
  leaseTransitions: 0,
});

describe('a node is proven to be off', () => {
  it('by its typed name', async () => {
    const { proof, ran } = await attempt(silent, typed);
    expect(proof).toEqual({ proven: true, by: '--powered-off node1', node: silent });
    expect(ran).toEqual([]);
  });

  it('by a fencing program, which gets its name', async () => {
    const { proof, ran, world } = await attempt(silent, fence);
    expect(proof).toMatchObject({ proven: true, by: '--fence-exec /opt/fence' });
    expect(ran).toEqual(['/opt/fence node1']);
    expect(world.all('node.step').map(({ step }) => step)).toEqual(['exec', 'fenced']);
  });

  it('by its typed name, so that nothing is fenced', async () => {
    const { ran, lines } = await attempt(silent, { ...typed, ...fence });
    expect(ran).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('by a program that begins only after the journal knows of it', async () => {
    const known: number[] = [];
    const { lines } = await attempt(silent, fence, { onStart: ({ length }) => known.push(length) });
    expect(known).toEqual([1]);
    expect(lines).toEqual([
      { type: 'intent', node: 'node1', step: { kind: 'fence', by: '/opt/fence' } },
      { type: 'done', node: 'node1', step: 'fence' },
    ]);
  });

  it('as it was read last', async () => {
    const { proof } = await attempt(silent, fence, {
      onFence: ({ cluster }) => void cluster.nodes.set('node1', { ...silent, resourceVersion: '2' }),
    });
    expect(proof).toMatchObject({ proven: true, node: { resourceVersion: '2' } });
  });

  it('though its last word was that it is not Ready, long ago', async () => {
    const { proof } = await attempt(aNode({ ready: 'False' }), typed, {
      prepare: (world) => void world.cluster.leases.set('kube-node-lease/node1', leaseOf(world, 42_000)),
    });
    expect(proof).toMatchObject({ proven: true });
  });

  it('where Leases may not be read', async () => {
    const forbidden = (): Error => new ClusterError('forbidden', { code: 'cluster.forbidden' });
    const { proof } = await attempt(aNode({ ready: 'False' }), typed, {
      prepare: ({ cluster }) => void cluster.failures.set('getLease', forbidden),
    });
    expect(proof).toMatchObject({ proven: true });
  });
});

describe('a node is not proven to be off', () => {
  it.each<[what: string, stored: Node | undefined, options: Partial<UnreachableOptions>, message: string]>([
    ['without a word about it', silent, {}, 'give --powered-off node1 or --fence-exec PROGRAM'],
    ['by a name that is nearly its own', silent, { poweredOff: ['node10', 'Node1', 'node'] }, 'nothing proves'],
    ['while it is Ready', aNode(), typed, 'node1 is Ready'],
    ['while it is Ready, by fencing', aNode(), fence, 'node1 is Ready'],
    ['when it is gone', undefined, typed, 'no longer in the cluster'],
    ['when it is another one', { ...silent, uid: 'another' }, fence, 'another Node object'],
  ])('%s', async (_, stored, options, message) => {
    const { proof, ran } = await attempt(stored, options);
    expect(proof).toEqual({ proven: false, message: expect.stringContaining(message) });
    expect(ran).toEqual([]);
  });

  it('by a program that fails', async () => {
    const outcome: RunOutcome = { kind: 'exited', exitCode: 1, stdout: '', stderr: 'BMC does not answer' };
    const { proof, world, lines } = await attempt(silent, fence, { outcome });
    expect(proof).toEqual({ proven: false, message: expect.stringContaining('was not fenced') });
    expect(lines.map(({ type }) => type)).toEqual(['intent']);
    expect(proof).toHaveProperty('message', expect.stringContaining('BMC does not answer'));
    expect(world.all('node.step')).toEqual([]);
  });

  it('when it became Ready while it was fenced', async () => {
    const { proof, world } = await attempt(silent, fence, {
      onFence: ({ cluster }) => void cluster.nodes.set('node1', aNode()),
    });
    expect(proof).toEqual({ proven: false, message: expect.stringContaining('exit code 0, but node1 is Ready') });
    expect(world.all('node.step').map(({ step }) => step)).toEqual(['exec']);
  });

  it('while its kubelet says that it is not Ready, and renews its Lease', async () => {
    const { proof } = await attempt(aNode({ ready: 'False' }), typed, {
      prepare: (world) => void world.cluster.leases.set('kube-node-lease/node1', leaseOf(world, 12_000)),
    });
    expect(proof).toEqual({ proven: false, message: expect.stringContaining('renewed its Lease 12s ago') });
  });
});
