/** What is said on stderr while a tail runs, and what a gap comes to. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../src/errors.ts';
import type { End } from '../../src/logs/ending/options.ts';
import { listenerFor } from '../../src/logs/listener.ts';
import type { LookOptions } from '../../src/logs/format/look.ts';
import type { LogTarget } from '../../src/logs/selection/targets.ts';
import { lifecycleText } from '../../src/logs/format/lifecycle.ts';
import { defaultPalette } from '../../src/logs/format/palette.ts';
import type { StreamNotice } from '../../src/logs/stream/follow.ts';
import { optionsOf } from './options-of.ts';
import { aLogPod, resolved } from './selection/pods.ts';
import { Targets } from '../../src/logs/selection/targets.ts';

const look: LookOptions = { colors: undefined, diffContainer: false, showNamespace: false, showContext: false };
const clusterError = (message: string, hint?: string): ClusterError =>
  new ClusterError(message, { code: 'cluster.forbidden', hint });
const gap = { kind: 'gap', from: '2026-01-01T10:00:01Z', to: '2026-01-01T10:00:05Z', why: 'rotated' } as const;

const listening = (...flags: string[]) => listeningIn(look, ...flags);

async function listeningIn(shown: LookOptions, ...flags: string[]) {
  const said: string[] = [];
  const ends: End[] = [];
  const deps = {
    outlets: { ended: () => undefined },
    ending: { finish: (end: End) => void ends.push(end) },
    say: (text: string) => void said.push(text),
  };
  const listener = listenerFor(optionsOf('web', ...flags).options, shown, deps);
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
    const prod = { kubectl: kubectlFor('prod') };
    listener.nowhere('shpo', prod);
    expect(said).toEqual(['warning: namespace shpo does not exist; list them: kubectl get namespaces --context prod']);
    const quiet = await listening('--only-log-lines');
    quiet.listener.nowhere('shpo', prod);
    expect(quiet.said).toEqual([]);
  });

  it('case 2: that brings pods with the labels of what was named, which are another’s: told once for each', async () => {
    const { listener, said } = await listening();
    listener.namesakes('deploy/web', [aLogPod('stranger')]);
    listener.namesakes('deploy/web', [aLogPod('other')]);
    listener.namesakes('sts/db', [aLogPod('one'), aLogPod('two'), aLogPod('three')]);
    expect(said).toEqual([
      'note: shop/stranger carries the labels of deploy/web but is not of it: left out; --owner-filter=false shows such pods too',
      'note: shop/one and 2 more carry the labels of sts/db but are not of it: left out; --owner-filter=false shows such pods too',
    ]);
    const quiet = await listening('--only-log-lines');
    quiet.listener.namesakes('deploy/web', [aLogPod('stranger')]);
    expect(quiet.said).toEqual([]);
  });
});

describe('a failure', () => {
  const refused = 'dial tcp 10.0.0.1:10250: connect: connection refused';
  const retry = (attempt: number): StreamNotice => ({ kind: 'retry', message: refused, attempt });

  it.each<[string, readonly StreamNotice[], readonly string[]]>([
    [
      'the server’s words instead of lines',
      [{ kind: 'server-message', text: 'unable to retrieve container logs' }],
      ['! web-1 › app: unable to retrieve container logs'],
    ],
    ['a hiccup that passes is none', [retry(1), retry(2)], []],
    ['a log that stays closed', [retry(3)], [`! web-1 › app: ${refused}, will retry (attempt 3)`]],
  ])('is said though all else is quiet: %s', async (_, notices, expected) => {
    const { listener, said, target } = await listening('--only-log-lines');
    for (const notice of notices) listener.notice(target, notice);
    expect(said).toEqual(expected);
  });

  it('is said though all else is quiet: logs that wait for others to end', async () => {
    const { listener, said, target } = await listening('--only-log-lines');
    listener.queued([target]);
    expect(said).toEqual([
      'warning: more than 50 logs at once (--max-log-requests); these wait until others end: shop/web-1/app',
    ]);
  });

  it('of a log has no other mark before it, in colours neither', async () => {
    const coloured = { ...look, colors: defaultPalette };
    const { listener, said, target } = await listeningIn(coloured, '--only-log-lines');
    listener.ended(target, { kind: 'failed', error: clusterError('gone') }, undefined);
    const shown = lifecycleText(coloured).notice(target.source, 'gone');
    expect(said).toEqual([`error: ${shown.slice(shown.indexOf(' ') + 1)}`]);
    expect(said[0]).not.toContain('!');
  });
});

describe('words of a server', () => {
  const words = 'a\u001b]0;x\u0007\nerror: b';
  type Heard = Awaited<ReturnType<typeof listening>>;

  it.each<[string, (heard: Heard) => void, number]>([
    ['a watch that is refused', ({ listener }) => listener.unwatched(clusterError(words), undefined), 2],
    ['pods that cannot be listed', ({ listener }) => listener.lost(clusterError(words)), 1],
    ['their hint', ({ listener }) => listener.lost(clusterError('a', words)), 2],
    ['a watch that is interrupted', ({ listener }) => listener.outage(clusterError(words)), 1],
    [
      'a log that cannot be read',
      ({ listener, target }) => {
        listener.ended(target, { kind: 'failed', error: clusterError(words) }, undefined);
      },
      2,
    ],
  ])('do nothing to a terminal and cannot pass for a line of ours: %s', async (_, tell, lines) => {
    const heard = await listening();
    tell(heard);
    const said = heard.said.join('\n').split('\n');
    expect(said).toHaveLength(lines);
    expect(said.join('')).toContain(String.raw`a\x1b]0;x\x07 error: b`);
    expect(said.join('')).not.toMatch(/\p{Cc}/u);
  });
});
