/** What becomes of open logs when other pods are wanted, and when nobody watches them any more. */
import { describe, expect, it } from 'vitest';
import type { LogPod } from '../../../src/cluster/log-pod.ts';
import { Targets, type LogTarget } from '../../../src/logs/selection/targets.ts';
import { aContainer, aLogPod, resolved } from './pods.ts';

const names = (targets: readonly LogTarget[]): readonly string[] => targets.map(({ source }) => source.pod);
const keyOf = (target: LogTarget | undefined): string => target?.key ?? '';

async function targetsWith(...watches: (readonly LogPod[])[]) {
  const targets = new Targets(await resolved({ query: ['web'] }), { context: undefined });
  const opened = watches.flatMap((items, watch) => targets.apply({ type: 'snapshot', items }, watch).opened);
  return { targets, opened };
}

describe('Targets that are replaced', () => {
  it('keeps what both have, closes what only the old one had, opens what is new', async () => {
    const [one, two, three] = [aLogPod('web-1'), aLogPod('web-2'), aLogPod('web-3')];
    const { targets, opened } = await targetsWith([one, two]);
    const change = targets.replace(await resolved({ query: ['web'] }), [0], [{ watch: 1, items: [two, three] }]);
    expect([names(change.opened), names(change.closed)]).toEqual([['web-3'], ['web-1']]);
    expect(change.opened[0]?.first).toBe(false);
    expect(targets.current(keyOf(opened[0]))).toBeUndefined();
    expect(targets.current(keyOf(opened[1]))?.name).toBe('app');
  });

  it('sees a restart that came between', async () => {
    const { targets } = await targetsWith([aLogPod('web-1')]);
    const restarted = aLogPod('web-1', { containers: [aContainer('app', { containerId: 'containerd://app-2' })] });
    const change = targets.replace(await resolved({}), [0], [{ watch: 1, items: [restarted] }]);
    expect(change.opened.map(({ source }) => source.containerId)).toEqual(['containerd://app-2']);
    expect(change.closed).toEqual([]);
  });

  it('closes what the new watch still sees and nobody wants', async () => {
    const { targets } = await targetsWith([aLogPod('web-1'), aLogPod('web-2')]);
    const wanted = await resolved({ query: ['web-2'] });
    const change = targets.replace(wanted, [0], [{ watch: 1, items: [aLogPod('web-1'), aLogPod('web-2')] }]);
    expect([names(change.opened), names(change.closed)]).toEqual([[], ['web-1']]);
  });

  it('leaves the pods of watches that stay', async () => {
    const { targets, opened } = await targetsWith([aLogPod('web-1')], [aLogPod('web-2')]);
    const change = targets.replace(await resolved({}), [1], [{ watch: 2, items: [] }]);
    expect([names(change.opened), names(change.closed)]).toEqual([[], ['web-2']]);
    expect(targets.current(keyOf(opened[0]))?.name).toBe('app');
    const { opened: later } = targets.apply({ type: 'changed', item: aLogPod('web-1') }, 0);
    expect(later).toEqual([]);
  });
});

describe('Targets of a watch that fell silent', () => {
  it('are known as they were, and told from those that are watched', async () => {
    const { targets, opened } = await targetsWith([aLogPod('web-1')], [aLogPod('web-2')]);
    expect(opened.map(({ key }) => targets.isWatched(key))).toEqual([true, true]);
    targets.silence(0);
    expect(opened.map(({ key }) => targets.isWatched(key))).toEqual([false, true]);
    expect(targets.current(keyOf(opened[0]))?.name).toBe('app');
    targets.replace(await resolved({}), [0], [{ watch: 2, items: [aLogPod('web-1')] }]);
    expect(opened.map(({ key }) => targets.isWatched(key))).toEqual([true, true]);
  });
});
