/** Nodes are read for the columns that are about them: once each, never where they may not be. */
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/cluster/cluster.ts';
import type { LogOwner, OwnerLookup } from '../../../src/cluster/log-owner.ts';
import type { LogPod } from '../../../src/cluster/log-pod.ts';
import { ClusterError } from '../../../src/errors.ts';
import { NodePlaces, showPlaces, withPlaces } from '../../../src/logs/selection/node-places.ts';
import { Targets } from '../../../src/logs/selection/targets.ts';
import { FakeClock } from '../../support/clock.ts';
import { aLogPod, anOwner, controlledBy, lookupOf, resolved } from './pods.ts';

const { signal } = new AbortController();
const changed = (item: LogPod): Change<LogPod> => ({ type: 'changed', item });
const snapshot = (...items: LogPod[]): Change<LogPod> => ({ type: 'snapshot', items });
const on = (nodeName: string, name = `web-on-${nodeName}`): LogPod => aLogPod(name, { nodeName });

const aNode = (name: string, zone = 'a'): LogOwner =>
  anOwner('Node', name, {
    labels: {
      'topology.kubernetes.io/region': 'eu',
      'topology.kubernetes.io/zone': `eu-${zone}`,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'arm64',
      'kubernetes.io/hostname': name,
    },
  });

function placesIn(lookup: OwnerLookup, clock = new FakeClock()) {
  const refused: string[] = [];
  const places = new NodePlaces({ lookup, clock, refused: (message) => refused.push(message) });
  return { places, refused, clock };
}

describe('showPlaces', () => {
  it.each([
    [[], false],
    [['timestamp', 'node', 'pod'], false],
    [['zone'], true],
    [['pod', 'arch'], true],
  ] as const)('of %j is %j', (columns, shown) => {
    expect(showPlaces(columns)).toBe(shown);
  });
});

describe('NodePlaces', () => {
  it('reads each node once, and new ones as they come', async () => {
    const lookup = lookupOf({ owners: [aNode('n1'), aNode('n2', 'b')] });
    const { places, refused } = placesIn(lookup);
    await places.learn([on('n1'), on('n1', 'db'), on('')], signal);
    expect(places.learn([on('n1', 'api'), on('')], signal)).toBeUndefined();
    await places.learn([on('n1'), on('n2')], signal);
    expect(lookup.asked).toEqual(['Node */n1', 'Node */n2']);
    expect(places.of('n2')).toEqual({ region: 'eu', zone: 'eu-b', os: 'linux', arch: 'arm64' });
    expect([places.of('n3'), refused]).toEqual([undefined, []]);
  });

  it('lists them where there are many', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `n${at}`);
    const lookup = lookupOf({ owners: names.map((name) => aNode(name)) });
    const { places } = placesIn(lookup);
    await places.learn(
      names.slice(0, 30).map((name) => on(name)),
      signal,
    );
    expect(lookup.asked).toEqual(['list Node *']);
    // The list had them all.
    expect(places.learn([on('n35')], signal)).toBeUndefined();
  });

  it('knows nothing of a node that has gone, and of labels that are not there', async () => {
    const lookup = lookupOf({ owners: [anOwner('Node', 'bare')] });
    const { places, refused } = placesIn(lookup);
    await places.learn([on('gone'), on('bare')], signal);
    const nothing = { region: undefined, zone: undefined, os: undefined, arch: undefined };
    expect([places.of('gone'), places.of('bare'), refused]).toEqual([nothing, nothing, []]);
    expect(places.learn([on('gone')], signal)).toBeUndefined();
  });

  it('says once that nodes may not be read, and does not ask again', async () => {
    const lookup = lookupOf({ owners: [aNode('n1')], forbidden: ['Node'] });
    const { places, refused, clock } = placesIn(lookup);
    await places.learn([on('n1'), on('n2')], signal);
    await clock.advance(24 * 3_600_000);
    expect(places.learn([on('n3')], signal)).toBeUndefined();
    expect(refused).toEqual(['not allowed to read Node']);
    expect([places.of('n1'), lookup.asked.length]).toEqual([undefined, 2]);
  });

  it('lets the lines come first while the server does not answer, and asks again later', async () => {
    const ready = lookupOf({ owners: [aNode('n1')] });
    let down = true;
    const lookup: OwnerLookup = {
      ...ready,
      named: (...asked) =>
        down ? Promise.reject(new ClusterError('no answer', { code: 'cluster.unreachable' })) : ready.named(...asked),
    };
    const { places, refused, clock } = placesIn(lookup);
    await places.learn([on('n1')], signal);
    down = false;
    await clock.advance(59_000);
    expect(places.learn([on('n1')], signal)).toBeUndefined();
    await clock.advance(1_000);
    await places.learn([on('n1')], signal);
    expect([places.of('n1')?.zone, refused]).toEqual(['eu-a', ['no answer']]);
  });

  it('gives the reason of the signal, and what is no answer of a cluster', async () => {
    const stop = new AbortController();
    function failing(error: Error): OwnerLookup {
      return {
        ...lookupOf({}),
        async named() {
          throw error;
        },
      };
    }
    const broken = placesIn(failing(new TypeError('broken')));
    await expect(broken.places.learn([on('n1')], stop.signal)).rejects.toThrow('broken');
    const asking = placesIn(failing(new ClusterError('cut', { code: 'cluster.unreachable' })));
    stop.abort(new Error('stopped'));
    await expect(asking.places.learn([on('n1')], stop.signal)).rejects.toThrow('stopped');
    expect(asking.refused).toEqual([]);
  });
});

describe('withPlaces', () => {
  it('gives sources the place of their node by the time they are opened', async () => {
    const lookup = lookupOf({ owners: [aNode('n1'), aNode('n2', 'b'), aNode('n9')] });
    const selection = withPlaces(await resolved({ query: ['web'] }), placesIn(lookup).places);
    const targets = new Targets(selection, { context: undefined });
    const zoneOf = async (change: Change<LogPod>): Promise<readonly (string | undefined)[]> => {
      await selection.prepare(change, signal);
      return targets.apply(change, 0).opened.map(({ source }) => source.place?.zone);
    };
    // Nobody follows what is on n9.
    expect(await zoneOf(snapshot(on('n1'), on('n9', 'db-1')))).toEqual(['eu-a']);
    expect(await zoneOf(changed(on('n2')))).toEqual(['eu-b']);
    expect(lookup.asked).toEqual(['Node */n1', 'Node */n2']);
    expect(selection.prepare({ type: 'deleted', item: on('n7') }, signal)).toBeUndefined();
  });

  it('waits for the Jobs that say which pods are followed', async () => {
    const nightly = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: 'u', controller: true };
    const owners = [anOwner('CronJob', 'nightly'), anOwner('Job', 'nightly-1', { owners: [nightly] }), aNode('n1')];
    const lookup = lookupOf({ owners });
    const { places } = placesIn(lookup);
    const selection = withPlaces(await resolved({ query: ['cj/nightly'] }, lookup), places);
    const pod = aLogPod('nightly-1-x', { controller: controlledBy('Job', 'nightly-1') });
    await selection.prepare(changed(pod), signal);
    expect(places.of('n1')?.arch).toBe('arm64');
  });

  it('still knows them when what is selected is looked up again', async () => {
    const parts = { owners: [anOwner('Service', 'web'), aNode('n1')] };
    const lookup = lookupOf(parts);
    const selection = withPlaces(await resolved({ query: ['svc/web'] }, lookup), placesIn(lookup).places);
    expect(await selection.renew?.(signal)).toBeUndefined();
    parts.owners = [anOwner('Service', 'web', { podSelector: anOwner('Service', 'db').podSelector }), aNode('n1')];
    const next = await selection.renew?.(signal);
    await next?.prepare(snapshot(aLogPod('db-1', { labels: { app: 'db' } })), signal);
    expect(next?.placeOf?.('n1')?.zone).toBe('eu-a');
  });
});
