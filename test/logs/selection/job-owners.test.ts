/** Pods of a CronJob are found through its Jobs, also those that are made while following. */
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/cluster/cluster.ts';
import type { LogOwner, OwnerLookup } from '../../../src/cluster/log-owner.ts';
import type { LogPod } from '../../../src/cluster/log-pod.ts';
import { ClusterError } from '../../../src/errors.ts';
import type { ResolvedSelection } from '../../../src/logs/selection/resolve.ts';
import { aLogPod, anOwner, chosen, controlledBy, deployed, lookupOf, resolved } from './pods.ts';

const { signal } = new AbortController();
const nightly = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: 'uid-of-nightly', controller: true };
const aJob = (name: string, owners: LogOwner['owners'] = []): LogOwner => anOwner('Job', name, { owners });
const podOf = (job: string): LogPod => aLogPod(`${job}-x`, { controller: controlledBy('Job', job) });
const changed = (item: LogPod): Change<LogPod> => ({ type: 'changed', item });
const snapshot = (...items: LogPod[]): Change<LogPod> => ({ type: 'snapshot', items });

/** A cluster to which Jobs can be added, and the selection of its CronJob. */
async function following(...jobs: LogOwner[]) {
  const owners = [anOwner('CronJob', 'nightly'), ...jobs];
  const lookup = lookupOf({ owners });
  const selection = await resolved({ query: ['cj/nightly'] }, lookup);
  return { owners, lookup, selection };
}

async function after(selection: ResolvedSelection, change: Change<LogPod>, pods: readonly LogPod[]) {
  await selection.prepare(change, signal);
  return chosen(selection, pods);
}

describe('the pods of a CronJob', () => {
  it('are those of its Jobs, also of one made by hand, and of no other', async () => {
    const { selection, lookup } = await following(
      aJob('nightly-29384756', [nightly]),
      aJob('by-hand', [{ ...nightly, controller: false }]),
      aJob('nightly-9', []),
      aJob('other-29384756', [{ ...nightly, name: 'other' }]),
      aJob('odd', [{ ...nightly, apiVersion: 'batch.volcano.sh/v1' }]),
    );
    const pods = ['nightly-29384756', 'by-hand', 'nightly-9', 'other-29384756', 'odd'].map(podOf);
    expect(chosen(selection, pods)).toEqual([]);
    expect(await after(selection, snapshot(...pods), pods)).toEqual(['nightly-29384756-x', 'by-hand-x']);
    expect(lookup.asked).toEqual(['CronJob shop/nightly', ...pods.map(({ name }) => `Job shop/${name.slice(0, -2)}`)]);
    expect(selection.queries).toEqual([
      { namespace: 'shop', labelSelector: 'batch.kubernetes.io/job-name', fieldSelector: undefined },
    ]);
  });

  it('come later, and each Job is asked for once', async () => {
    const { selection, lookup, owners } = await following();
    const pod = podOf('nightly-2');
    owners.push(aJob('nightly-2', [nightly]));
    expect(await after(selection, changed(pod), [pod])).toEqual(['nightly-2-x']);
    expect(selection.prepare(changed(pod), signal)).toBeUndefined();
    expect(lookup.asked).toHaveLength(2);
    // Gone with its pod, and asked for again should there be another.
    expect(selection.prepare({ type: 'deleted', item: pod }, signal)).toBeUndefined();
    expect(await after(selection, changed(pod), [pod])).toEqual(['nightly-2-x']);
    expect(lookup.asked).toHaveLength(3);
  });

  it('are found by a glob, also those of a CronJob that is made later', async () => {
    const lookup = lookupOf({ owners: [anOwner('CronJob', 'nightly')] });
    const selection = await resolved({ match: 'glob', query: ['cj/night*'] }, lookup);
    const pods = ['nightly-29384756', 'night-shift-29384756', 'other-29384756'].map(podOf);
    expect(await after(selection, snapshot(...pods), pods)).toEqual(['nightly-29384756-x', 'night-shift-29384756-x']);
  });

  it('are told by the names of Jobs that are gone', async () => {
    const { selection } = await following();
    const pods = ['nightly-29384756', 'nightly-1', 'nightly-by-hand', 'more-nightly-29384756'].map(podOf);
    expect(await after(selection, snapshot(...pods), pods)).toEqual(['nightly-29384756-x']);
  });

  it('are looked up by one list when there are many', async () => {
    const names = Array.from({ length: 6 }, (_, i) => `job-${i}`);
    const { selection, lookup } = await following(...names.map((name) => aJob(name, [nightly])));
    const pods = names.map(podOf);
    expect(await after(selection, snapshot(...pods, deployed('web', 'abc')), pods)).toHaveLength(6);
    expect(lookup.asked.slice(1)).toEqual(['list Job shop']);
  });

  it('are told by names while the server does not answer', async () => {
    const error = new ClusterError('refused', { code: 'cluster.unreachable' });
    const whole = lookupOf({ owners: [anOwner('CronJob', 'nightly')] });
    const lookup: OwnerLookup = {
      ...whole,
      named: (kind, name, scope) => (kind === 'Job' ? Promise.reject(error) : whole.named(kind, name, scope)),
    };
    const selection = await resolved({ query: ['cj/nightly'] }, lookup);
    const pod = podOf('nightly-29384756');
    expect(await after(selection, changed(pod), [pod])).toEqual(['nightly-29384756-x']);
  });

  it('are not looked up once it is over', async () => {
    const ending = new AbortController();
    const whole = lookupOf({ owners: [anOwner('CronJob', 'nightly')] });
    const lookup: OwnerLookup = {
      ...whole,
      named(kind, name, scope) {
        if (kind !== 'Job') return whole.named(kind, name, scope);
        ending.abort(new Error('over'));
        return Promise.reject(new ClusterError('cut', { code: 'cluster.unreachable' }));
      },
    };
    const selection = await resolved({ query: ['cj/nightly'] }, lookup);
    await expect(selection.prepare(changed(podOf('a')), ending.signal)).rejects.toThrow('over');
  });
});

it('without a CronJob no Job is ever asked for', async () => {
  const lookup = lookupOf({});
  const selection = await resolved({ query: ['nightly'] }, lookup);
  expect(selection.prepare(snapshot(podOf('nightly-1')), signal)).toBeUndefined();
  expect(lookup.asked).toEqual([]);
});
