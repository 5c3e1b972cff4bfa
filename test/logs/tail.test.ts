/** A tail as a whole: how it follows the cluster when that changes its mind, how it ends, and what it leaves behind. */
import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LogPod } from '../../src/cluster/log-pod.ts';
import { ClusterError, InterruptedError } from '../../src/errors.ts';
import { ScriptedCluster, startTail } from './scripted.ts';
import { aContainer, aLogPod, anOwner, deployed, lookupOf, resolved, type LookupParts } from './selection/pods.ts';
import { answerWith } from './stream/kubelet.ts';

const forbidden = new ClusterError('may not watch pods', { code: 'cluster.forbidden', status: 403 });
const gone = { kind: 'gone', message: 'pods "web-1" not found' } as const;
const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('pods that are not watched any more', () => {
  it('is said once; open logs go on until their pods are gone, and then the tail ends', async () => {
    const scripted = new ScriptedCluster();
    scripted.first = () => [aLogPod('web-1'), aLogPod('web-2')];
    const run = startTail(scripted, await resolved({}));
    await run.clock.advance(0);
    expect(scripted.reading).toEqual(['web-1/app', 'web-2/app']);
    scripted.watches[0]?.fail(forbidden);
    await run.clock.advance(60_000);
    expect(run.said).toEqual(['+ web-1/app', '+ web-2/app', 'unwatched cluster.forbidden']);
    expect(scripted.reading).toEqual(['web-1/app', 'web-2/app']);

    scripted.answer = () => gone;
    for (const { body } of scripted.logs.slice(0, 2)) body.push(null);
    await run.clock.advance(60_000);
    const ends = run.said.filter((text) => text.startsWith('-'));
    expect(ends.toSorted()).toEqual(['- web-1/app gone', '- web-2/app gone']);
    expect(run.outcome()).toEqual({ streams: 2, failed: 1, pods: 2 });
  });

  it('a log whose run is over ends, though nobody says so', async () => {
    const scripted = new ScriptedCluster();
    scripted.first = () => [aLogPod('web-1')];
    const run = startTail(scripted, await resolved({}));
    await run.clock.advance(0);
    scripted.watches[0]?.fail(forbidden);
    scripted.answer = () => answerWith(Readable.from([]));
    scripted.logs[0]?.body.push(null);
    await run.clock.advance(600_000);
    expect(run.said.at(-1)).toBe('- web-1/app ended');
    expect(scripted.logs.length).toBeLessThan(20);
    expect(run.outcome()).toMatchObject({ failed: 1 });
  });

  it('while they are watched, 404 is tried again: a kubelet that starts does not know its pods', async () => {
    const scripted = new ScriptedCluster();
    scripted.first = () => [aLogPod('web-1')];
    scripted.answer = () => gone;
    const run = startTail(scripted, await resolved({}));
    await run.clock.advance(300_000);
    expect(run.said.filter((text) => text.startsWith('-'))).toEqual([]);
    scripted.watches[0]?.say({ type: 'deleted', item: aLogPod('web-1') });
    await run.clock.advance(0);
    expect(run.said.at(-1)).toBe('- web-1/app gone');
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
  });

  it.each([true, false])(
    'pods that may not be read at all end the run, and each error is told once',
    async (follow) => {
      const scripted = new ScriptedCluster();
      scripted.first = () => forbidden;
      scripted.cluster.listPods = () => Promise.reject(forbidden);
      const one = startTail(scripted, await resolved({}), { follow });
      await expect(one.done).rejects.toBe(forbidden);
      expect(one.said).toEqual([]);
      const two = startTail(scripted, await resolved({ namespaces: ['a', 'b'] }), { follow });
      await expect(two.done).rejects.toBe(forbidden);
      expect(two.said).toEqual(['lost cluster.forbidden']);
    },
  );

  it('case 14: one namespace of two that may not be read is told of, and the other goes on', async () => {
    const scripted = new ScriptedCluster();
    scripted.first = ({ namespace }) => (namespace === 'shop' ? [aLogPod('web-1')] : forbidden);
    const run = startTail(scripted, await resolved({ namespaces: ['prod', 'shop'] }));
    await run.clock.advance(60_000);
    expect(run.said).toEqual(['lost cluster.forbidden', '+ web-1/app']);
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
  });
});

/** Counts the listeners of every signal that anything has listened to since. */
function countListeners(): () => number {
  const { mock } = vi.spyOn(EventTarget.prototype, 'addEventListener');
  return () => {
    const signals = new Set(mock.contexts.filter((target) => target instanceof AbortSignal));
    return [...signals].reduce((sum, signal) => sum + listenersOf(signal), 0);
  };
}

afterEach(() => void vi.restoreAllMocks());

describe('what is left behind', () => {
  it('nothing of streams that have ended stays with any signal', { timeout: 60_000 }, async () => {
    const listeners = countListeners();
    const scripted = new ScriptedCluster();
    scripted.first = () => [];
    const run = startTail(scripted, await resolved({}));
    await run.clock.advance(0);
    const before = listeners();
    expect(before).toBeGreaterThan(0);
    for (let round = 0; round < 100; round += 1) {
      const pod = aLogPod(`web-${String(round)}`);
      scripted.watches[0]?.say({ type: 'changed', item: pod });
      await run.clock.advance(0);
      const terminated = aContainer('app', { state: 'terminated' });
      scripted.watches[0]?.say({ type: 'changed', item: { ...pod, containers: [terminated] } });
      scripted.logs.at(-1)?.body.push(null);
      await run.clock.advance(1_000);
      scripted.logs.at(-1)?.body.push(null);
      await run.clock.advance(1_000);
      scripted.watches[0]?.say({ type: 'deleted', item: pod });
    }
    expect(run.said.filter((text) => text.startsWith('-'))).toHaveLength(100);
    // The cluster of this test listens itself, once for each log that it opens.
    expect(listeners()).toBe(before + scripted.logs.length);
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
    expect(listenersOf(run.signal)).toBe(0);
    expect(run.clock.waiting).toBe(0);
  });

  it(
    'an interrupt ends 200 logs in a few turns of the event loop, whatever they wait for',
    { timeout: 60_000 },
    async () => {
      const scripted = new ScriptedCluster();
      const names = Array.from({ length: 200 }, (_, index) => `web-${String(index)}`);
      scripted.first = () => names.map((name) => aLogPod(name));
      const refusal = { kind: 'transient', message: 'the server is away', retryAfterMs: undefined } as const;
      // One half flows, the other waits for its next try.
      scripted.answer = (name) => (Number(/\d+/.exec(name)?.[0]) % 2 === 0 ? refusal : undefined);
      const run = startTail(scripted, await resolved({}));
      await run.clock.advance(5_000);
      expect(scripted.logs.length).toBeGreaterThan(200);
      const before = run.said.length;
      run.stop.abort(new InterruptedError('SIGINT'));
      expect(scripted.logs.every(({ query, body }) => query.signal.aborted && body.destroyed)).toBe(true);
      let turns = 0;
      while (run.outcome() === undefined && turns < 20) {
        await new Promise((resolve) => setImmediate(resolve));
        turns += 1;
      }
      expect(run.outcome()).toBeInstanceOf(InterruptedError);
      expect(turns).toBeLessThan(5);
      expect([run.clock.waiting, listenersOf(run.signal), scripted.watching]).toEqual([0, 0, []]);
      // One who leaves need not be told of each.
      expect(run.said.length).toBe(before);
    },
  );
});

describe('a namespace that does not exist', () => {
  it('is said while following, and waited for', async () => {
    const scripted = new ScriptedCluster();
    scripted.lacking.add('shpo');
    scripted.first = () => [];
    const run = startTail(scripted, await resolved({ namespaces: ['shpo', 'shop'] }));
    await run.clock.advance(0);
    expect(run.said).toEqual(['nowhere shpo']);
    expect(scripted.asked).toEqual(['namespace shpo', 'namespace shop']);
    scripted.watches[0]?.say({ type: 'changed', item: aLogPod('web-1', { namespace: 'shpo' }) });
    await run.clock.advance(0);
    expect(run.said.at(-1)).toBe('+ web-1/app');
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
  });

  it('is said before a run that reads once ends; one with pods is not asked about', async () => {
    const scripted = new ScriptedCluster();
    scripted.lacking.add('shop');
    const run = startTail(scripted, await resolved({}), { follow: false });
    expect(await run.done).toEqual({ streams: 0, failed: 0, pods: 0 });
    expect(run.said).toEqual(['nowhere shop']);
    const full = new ScriptedCluster();
    full.pods = [aLogPod('web-1')];
    full.lacking.add('shop');
    const other = startTail(full, await resolved({}), { follow: false });
    await other.clock.advance(0);
    full.logs[0]?.body.push(null);
    await other.done;
    expect(full.asked).toEqual([]);
    expect([listenersOf(run.signal), listenersOf(other.signal)]).toEqual([0, 0]);
  });
});

describe('pods with the labels of what was named that are another’s', () => {
  it('case 2: are told of, those that are there and those that come', async () => {
    const scripted = new ScriptedCluster();
    const stranger = (name: string): LogPod => aLogPod(name, { labels: { app: 'web' } });
    scripted.first = () => [deployed('web', 'abc'), stranger('one'), stranger('two')];
    const lookup = lookupOf({ owners: [anOwner('Deployment', 'web')] });
    const run = startTail(scripted, await resolved({ query: ['deploy/web'] }, lookup));
    await run.clock.advance(0);
    expect(run.said).toEqual(['+ web-abc-x1x1x/app', 'namesakes of deploy/web: one two']);
    scripted.watches[0]?.say({ type: 'changed', item: stranger('three') });
    scripted.watches[0]?.say({ type: 'deleted', item: stranger('one') });
    await run.clock.advance(0);
    expect(run.said.slice(2)).toEqual(['namesakes of deploy/web: three']);
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
  });
});

describe('what names stand for, looked up again', () => {
  const web = anOwner('Service', 'web');
  const db = anOwner('Service', 'db');

  type Writable<T> = { -readonly [K in keyof T]: T[K] };

  function shop(parts: Writable<LookupParts>) {
    const scripted = new ScriptedCluster();
    const pods = [
      aLogPod('web-1', { labels: { app: 'web' } }),
      aLogPod('db-1', { labels: { app: 'db' } }),
      aLogPod('db-2', { labels: { app: 'db' }, nodeName: 'n2' }),
    ];
    scripted.first = ({ labelSelector, fieldSelector }) =>
      pods.filter(
        ({ labels, nodeName }) =>
          (labelSelector === undefined || labelSelector === `app=${labels['app'] ?? ''}`) &&
          (fieldSelector === undefined || fieldSelector === `spec.nodeName=${nodeName}`),
      );
    return { scripted, parts, lookup: lookupOf(parts) };
  }

  it('follows a Service whose selector changes, and leaves the pods it had', async () => {
    const { scripted, parts, lookup } = shop({ owners: [web] });
    const run = startTail(scripted, await resolved({ query: ['svc/web'] }, lookup));
    await run.clock.advance(0);
    expect(scripted.watching).toEqual(['shop app=web']);
    await run.clock.advance(120_000);
    expect([run.said, scripted.watches.length]).toEqual([['+ web-1/app'], 1]);
    parts.owners = [{ ...web, podSelector: db.podSelector }];
    await run.clock.advance(60_000);
    expect(scripted.watching).toEqual(['shop app=db']);
    expect(scripted.reading).toEqual(['db-1/app', 'db-2/app']);
    expect(run.said.slice(1).toSorted()).toEqual(['+ db-1/app', '+ db-2/app', '- web-1/app ended']);
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
    expect([scripted.watching, listenersOf(run.signal), run.clock.waiting]).toEqual([[], 0, 0]);
  });

  it('opens nothing twice that both selectors take, not even a log that has ended', async () => {
    const { scripted, parts, lookup } = shop({ owners: [web] });
    const both = aLogPod('web-2', { labels: { app: 'web' }, containers: [aContainer('app', { state: 'terminated' })] });
    scripted.first = () => [aLogPod('web-1', { labels: { app: 'web' } }), both];
    const run = startTail(scripted, await resolved({ query: ['svc/web'] }, lookup));
    await run.clock.advance(0);
    scripted.logs.find(({ name }) => name === 'web-2/app')?.body.push(null);
    await run.clock.advance(0);
    const { podSelector } = anOwner('Service', 'x');
    parts.owners = [{ ...web, podSelector: podSelector && { text: 'tier=front', matches: () => true } }];
    await run.clock.advance(60_000);
    expect(scripted.watching).toEqual(['shop tier=front']);
    expect(run.said).toEqual(['+ web-1/app', '+ web-2/app', '- web-2/app ended']);
    expect(scripted.logs).toHaveLength(2);
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
  });

  it('watches a node that joins the zone, and leaves the watches of the others alone', async () => {
    const zone = (name: string) => ({ 'topology.kubernetes.io/zone': name });
    const { scripted, parts, lookup } = shop({
      owners: [anOwner('Node', 'n1'), anOwner('Node', 'n3')],
      nodeLabels: { n1: zone('a'), n3: zone('b') },
    });
    const run = startTail(scripted, await resolved({ zones: ['a'] }, lookup));
    await run.clock.advance(60_000);
    expect(scripted.watching).toEqual(['shop spec.nodeName=n1']);
    parts.owners = [...(parts.owners ?? []), anOwner('Node', 'n2')];
    parts.nodeLabels = { ...parts.nodeLabels, n2: zone('a') };
    await run.clock.advance(60_000);
    expect(scripted.watching).toEqual(['shop spec.nodeName=n1', 'shop spec.nodeName=n2']);
    expect(scripted.watches).toHaveLength(2);
    expect(run.said).toEqual(['+ web-1/app', '+ db-1/app', '+ db-2/app']);
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
  });

  it('stays as it was when the Service is gone, may not be read, or the new pods cannot be listed; then goes on', async () => {
    const { scripted, parts, lookup } = shop({ owners: [web] });
    const { first } = scripted;
    const run = startTail(scripted, await resolved({ query: ['svc/web'] }, lookup));
    await run.clock.advance(0);
    parts.owners = [];
    await run.clock.advance(120_000);
    parts.owners = [{ ...web, podSelector: db.podSelector }];
    scripted.first = () => new ClusterError('away', { code: 'cluster.unreachable' });
    await run.clock.advance(120_000);
    expect([run.said, scripted.watching]).toEqual([['+ web-1/app'], ['shop app=web']]);
    scripted.first = first;
    await run.clock.advance(60_000);
    expect(scripted.watching).toEqual(['shop app=db']);
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
  });

  it('asks for nothing again where nothing can change', async () => {
    const lookup = lookupOf({ owners: [anOwner('StatefulSet', 'sts'), anOwner('Node', 'n1')] });
    const scripted = new ScriptedCluster();
    scripted.first = () => [];
    const run = startTail(scripted, await resolved({ query: ['sts/sts'], nodes: ['n1'] }, lookup));
    const before = lookup.asked.length;
    await run.clock.advance(600_000);
    expect([lookup.asked.length, run.clock.waiting]).toEqual([before, 0]);
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
  });
});
