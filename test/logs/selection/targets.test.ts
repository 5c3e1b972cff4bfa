/** Which logs are opened and left while pods come, change, restart and go. */
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/cluster/cluster.ts';
import type { LogContainer, LogPod } from '../../../src/cluster/log-pod.ts';
import type { SelectionOptions } from '../../../src/logs/selection/options.ts';
import { Targets } from '../../../src/logs/selection/targets.ts';
import { aContainer, aLogPod, resolved } from './pods.ts';

const snapshot = (...items: LogPod[]): Change<LogPod> => ({ type: 'snapshot', items });
const changed = (item: LogPod): Change<LogPod> => ({ type: 'changed', item });
const deleted = (item: LogPod): Change<LogPod> => ({ type: 'deleted', item });
const withApp = (differences: Partial<LogContainer>, pod = aLogPod('web-1')): LogPod => ({
  ...pod,
  containers: [aContainer('app', differences)],
});

/** Feeds changes of one query; after each, in words, what was opened (`+`, `*` when there from the start) and closed. */
async function run(
  options: Partial<SelectionOptions>,
  ...changes: readonly Change<LogPod>[]
): Promise<readonly string[]> {
  const targets = new Targets(await resolved(options), { context: undefined });
  return changes.map((change) => {
    const { opened, closed } = targets.apply(change, 0);
    const words = [
      ...opened.map(({ source, first }) => `${first ? '*' : '+'}${source.pod} ${source.containerId.slice(13)}`),
      ...closed.map(({ source }) => `-${source.pod} ${source.containerId.slice(13)}`),
    ];
    return words.join(', ');
  });
}

const anew = 'containerd://app-2';
const ready = (status: string): LogPod => aLogPod('web-1', { conditions: { Ready: status } });
const crashed = { state: 'waiting', waitingReason: 'CrashLoopBackOff' } as const;
const condition = { condition: 'ready=false', tailLines: 0 };

describe('Targets', () => {
  it.each<[string, Partial<SelectionOptions>, readonly Change<LogPod>[], readonly string[]]>([
    [
      'case 1: those that match, and new ones while following',
      { query: ['web'] },
      [snapshot(aLogPod('web-1'), aLogPod('db-1')), changed(aLogPod('web-2')), changed(aLogPod('db-2'))],
      ['*web-1 app-1', '+web-2 app-1', ''],
    ],
    ['the same again is nothing new', {}, [snapshot(aLogPod('a')), changed(aLogPod('a'))], ['*a app-1', '']],
    [
      'a restarted container',
      {},
      [snapshot(aLogPod('web-1')), changed(withApp(crashed)), changed(withApp({ containerId: anew }))],
      ['*web-1 app-1', '', '+web-1 app-2'],
    ],
    [
      'a container that has not run waits',
      {},
      [snapshot(withApp({ state: 'waiting', containerId: undefined })), changed(withApp({}))],
      ['', '+web-1 app-1'],
    ],
    [
      'case 10: a state that is not asked for counts at first sight only',
      { containerStates: ['running'] },
      [snapshot(withApp(crashed)), changed(withApp(crashed)), changed(withApp({ containerId: anew }))],
      ['', '', '+web-1 app-2'],
    ],
    [
      'one that had not run when it was first seen is taken in any state',
      { containerStates: ['running'] },
      [snapshot(withApp({ state: 'waiting', containerId: undefined })), changed(withApp({ state: 'terminated' }))],
      ['', '+web-1 app-1'],
    ],
    [
      'an id that is missing for a while',
      {},
      [snapshot(withApp({})), changed(withApp({ state: 'waiting', containerId: undefined })), changed(withApp({}))],
      ['*web-1 app-1', '', ''],
    ],
    [
      'a new run counts, whatever its state',
      { containerStates: ['running'] },
      [snapshot(withApp({})), changed(withApp({ state: 'terminated', containerId: anew }))],
      ['*web-1 app-1', '+web-1 app-2'],
    ],
    [
      'case 11: a condition that is lost closes, and is met again',
      condition,
      [snapshot(ready('False')), changed(ready('True')), changed(ready('True')), changed(ready('False'))],
      ['*web-1 app-1', '-web-1 app-1', '', '+web-1 app-1'],
    ],
    [
      'a condition lost between two watches',
      condition,
      [snapshot(ready('False')), snapshot(ready('True'))],
      ['*web-1 app-1', '-web-1 app-1'],
    ],
    [
      'case 18: a deleted pod is not cut off',
      {},
      [snapshot(aLogPod('web-1')), changed(aLogPod('web-1', { terminating: true })), deleted(aLogPod('web-1'))],
      ['*web-1 app-1', '', ''],
    ],
    [
      'case 19: the same name is another pod',
      {},
      [snapshot(aLogPod('web-0')), deleted(aLogPod('web-0')), changed(aLogPod('web-0', { uid: 'other' }))],
      ['*web-0 app-1', '', '+web-0 app-1'],
    ],
    [
      'a later snapshot tells only what changed since',
      {},
      [
        snapshot(aLogPod('a'), aLogPod('web-1')),
        snapshot(withApp({ containerId: anew }), aLogPod('c')),
        snapshot(aLogPod('a'), aLogPod('c')),
      ],
      ['*a app-1, *web-1 app-1', '+web-1 app-2, +c app-1', '+a app-1'],
    ],
  ])('%s', async (_, options, changes, expected) => expect(await run(options, ...changes)).toEqual(expected));

  it('makes of each container a target with its own identity', async () => {
    const targets = new Targets(await resolved({}), { context: 'east' });
    const pod = aLogPod('web-1', {
      labels: { a: 'b' },
      annotations: { c: 'd' },
      containers: [aContainer('setup', { kind: 'init', state: 'terminated' }), aContainer('app')],
    });
    const { opened } = targets.apply(snapshot(pod), 0);
    expect(opened.map(({ key }) => key)).toEqual([
      'uid-of-shop-web-1/setup/containerd://setup-1 east',
      'uid-of-shop-web-1/app/containerd://app-1 east',
    ]);
    expect(opened[1]).toMatchObject({
      pod,
      container: { name: 'app' },
      first: true,
      source: {
        context: 'east',
        namespace: 'shop',
        pod: 'web-1',
        podUid: 'uid-of-shop-web-1',
        container: 'app',
        containerId: 'containerd://app-1',
        node: 'n1',
        labels: { a: 'b' },
        annotations: { c: 'd' },
      },
    });
  });

  it('closes the runs opened last, of all containers', async () => {
    const targets = new Targets(await resolved(condition), { context: undefined });
    const containers = [aContainer('app'), aContainer('side')];
    targets.apply(snapshot({ ...ready('False'), containers }), 0);
    targets.apply(
      changed({
        ...ready('False'),
        containers: [aContainer('app', { containerId: anew }), containers[1] ?? aContainer('x')],
      }),
      0,
    );
    const { closed } = targets.apply(changed({ ...ready('True'), containers }), 0);
    expect(closed.map(({ source }) => source.containerId)).toEqual([anew, 'containerd://side-1']);
  });

  it('knows the container of a key as it is now', async () => {
    const targets = new Targets(await resolved({}), { context: undefined });
    const key = targets.apply(snapshot(aLogPod('web-1')), 0).opened[0]?.key ?? '';
    expect(targets.current(key)?.state).toBe('running');
    targets.apply(changed(withApp({ state: 'terminated', restartCount: 3 })), 0);
    expect(targets.current(key)).toMatchObject({ state: 'terminated', restartCount: 3 });
    targets.apply(deleted(aLogPod('web-1')), 0);
    expect(targets.current(key)).toBeUndefined();
    expect(targets.current('no-such-pod/app/x')).toBeUndefined();
  });

  it('keeps queries apart: a snapshot replaces its own pods only, and each has a beginning of its own', async () => {
    const targets = new Targets(await resolved({}), { context: undefined });
    const pods = (): readonly string[] => targets.pods().map(({ name }) => name);
    const first = targets.apply(snapshot(aLogPod('a')), 0);
    const second = targets.apply(snapshot(aLogPod('b')), 1);
    expect([...first.opened, ...second.opened].map((target) => target.first)).toEqual([true, true]);
    targets.apply(snapshot(aLogPod('c')), 0);
    expect(pods()).toEqual(['c', 'b']);
    expect(targets.apply(snapshot(), 1).closed).toEqual([]);
    expect(pods()).toEqual(['c']);
  });
});
