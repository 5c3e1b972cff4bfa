/** What is said on stderr while a tail runs, and what a gap comes to. */
import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../src/errors.ts';
import type { End } from '../../src/logs/ending/options.ts';
import { listenerFor } from '../../src/logs/listener.ts';
import type { LogTarget } from '../../src/logs/selection/targets.ts';
import { optionsOf } from './options-of.ts';
import { aLogPod, resolved } from './selection/pods.ts';
import { Targets } from '../../src/logs/selection/targets.ts';

const look = { colors: undefined, diffContainer: false, showNamespace: false, showContext: false };
const gap = { kind: 'gap', from: '2026-01-01T10:00:01Z', to: '2026-01-01T10:00:05Z', why: 'rotated' } as const;

async function listening(...flags: string[]) {
  const said: string[] = [];
  const ends: End[] = [];
  const deps = {
    outlets: { ended: () => {} },
    ending: { finish: (end: End) => void ends.push(end) },
    say: (text: string) => void said.push(text),
  };
  const listener = listenerFor(optionsOf('web', ...flags).options, look, deps);
  const targets = new Targets(await resolved({}), { context: undefined });
  const [target] = targets.apply({ type: 'snapshot', items: [aLogPod('web-1')] }, 0).opened;
  return { listener, said, ends, target: target as LogTarget };
}

describe('a gap', () => {
  const text = '! web-1 › app: possible gap 10:00:01..10:00:05 (rotated)';
  it.each<[string, readonly string[], readonly string[], number]>([
    ['is said', [], [text], 0],
    ['is said though all else is quiet', ['--only-log-lines'], [text], 0],
    ['ends the tail', ['--on-gap=fail'], [text], 1],
    ['is passed over', ['--on-gap=ignore'], [], 0],
  ])('%s', async (_, flags, expected, count) => {
    const { listener, said, ends, target } = await listening(...flags);
    listener.notice(target, gap);
    expect(said).toEqual(expected);
    expect(ends).toEqual(count === 0 ? [] : [{ kind: 'gap', source: target.source }]);
  });
});

describe('runs before a container was first seen', () => {
  it('are told of with what shows the last of them, unless all is quiet', async () => {
    const { listener, said, target } = await listening();
    listener.notice(target, { kind: 'earlier-runs', count: 3 });
    expect(said).toEqual([
      '! web-1 › app: it was started 3 times before it was first seen; see the run before: ' +
        'kmaint logs pod/web-1 -n shop --containers app --previous --no-follow',
    ]);
    const quiet = await listening('--only-log-lines');
    quiet.listener.notice(quiet.target, { kind: 'earlier-runs', count: 3 });
    expect(quiet.said).toEqual([]);
  });
});

describe('the watch of pods', () => {
  it('that is refused for good is told of once, though several are', async () => {
    const { listener, said } = await listening();
    const error = (node: string): ClusterError =>
      new ClusterError(`may not watch ${node}`, { code: 'cluster.forbidden' });
    listener.unwatched(error('n1'), undefined);
    listener.unwatched(error('n2'), undefined);
    listener.unwatched(error('n3'), 'shop');
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/^error: may not watch n1\n {2}pods of all namespaces are not watched any more: /);
    expect(said[1]).toMatch(/^error: may not watch n3\n {2}pods of namespace shop are not watched any more: /);
  });

  it('of a namespace that does not exist is told of, unless all is quiet', async () => {
    const { listener, said } = await listening();
    listener.nowhere('shpo');
    expect(said).toEqual(['warning: namespace shpo does not exist; list them: kubectl get namespaces']);
    const quiet = await listening('--only-log-lines');
    quiet.listener.nowhere('shpo');
    expect(quiet.said).toEqual([]);
  });
});
