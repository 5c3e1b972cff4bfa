/** What a rollback puts back, and what it leaves to others. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import { cordonAnnotation, formerMarksAnnotation, holdAnnotation } from '../../src/drain/ownership/annotations.ts';
import { kubectlFor } from '../../src/cli/kubectl.ts';
import { pastOf, pastOnNode, type NodePast } from '../../src/drain/rollback-past.ts';
import { planRestore, type RestorePlan } from '../../src/drain/rollback-plan.ts';
import type { Commands } from '../../src/drain/world.ts';
import type { JournalStep } from '../../src/journal/journal.ts';
import { aNode } from '../support/objects.ts';

const nowMs = Date.parse('2026-01-01T12:00:00Z');
const ours = '20260101-110000-aaaaaa';
const other = '20260101-113000-bbbbbb';

function hold(run: string, until = '2026-01-01T11:00:00Z', holder = 'jane@desk'): Record<string, string> {
  return { [holdAnnotation]: JSON.stringify({ run, holder, until, wasCordoned: false }) };
}
function cordon(run: string, by = 'jane@desk'): Record<string, string> {
  return { [cordonAnnotation]: JSON.stringify({ run, by, at: '2026-01-01T10:00:00Z' }) };
}
function past(
  steps: readonly JournalStep[],
  differences: Partial<{ wasCordoned: boolean; open: JournalStep[] }> = {},
): NodePast {
  const record = { name: 'node1', uid: 'uid-of-node1', wasCordoned: differences.wasCordoned ?? false, end: undefined };
  return pastOf({ ...record, doneSteps: steps, openSteps: differences.open ?? [] }, ours);
}
const held: JournalStep = { kind: 'hold', wasCordoned: false };
const plain: JournalStep = { kind: 'cordon' };
const command = (words: readonly string[]): string => ['kmaint --context=prod', ...words].join(' ');
const commands: Commands = { command, kubectl: kubectlFor('prod') };
const plan = (node: Partial<Node>, of: NodePast): RestorePlan =>
  planRestore(aNode(node), of, 'jane@desk', nowMs, commands);

describe('the cordon', () => {
  it.each<[string, Partial<Node>, NodePast, boolean, RegExp | undefined]>([
    ['is ours by its record', { annotations: cordon(ours) }, past([held]), true, undefined],
    ['is ours by its hold', { annotations: hold(ours) }, past([held]), true, undefined],
    ['may have happened, and did', { annotations: hold(ours) }, past([], { open: [held] }), true, undefined],
    ['was plain, and is still there', {}, past([plain]), true, undefined],
    ['was there before', { annotations: hold(ours) }, past([held], { wasCordoned: true }), false, /before the run/],
    ['is of another run', { annotations: cordon(other, 'bob@lap') }, past([held]), false, /cordoned by bob@lap/],
    ['is of another run over a plain one', { annotations: cordon(other) }, past([plain]), false, /cordoned by/],
    [
      'has a record that nobody can read',
      { annotations: { [cordonAnnotation]: 'hi' } },
      past([held]),
      false,
      /did not write/,
    ],
    [
      'is a later one by kubectl under our old record',
      { annotations: cordon(ours), cordonManagers: ['kubectl-cordon'] },
      past([held]),
      false,
      /cordoned again by kubectl-cordon/,
    ],
    [
      'is shared with kubectl',
      { annotations: cordon(ours), cordonManagers: ['kmaint', 'kubectl-cordon'] },
      past([held]),
      true,
      undefined,
    ],
    ['lost its record', {}, past([held]), false, /nothing on it says/],
    ['may never have happened, and somebody else did it', {}, past([], { open: [held] }), false, /nothing on it says/],
    ['plain, may never have happened', {}, past([], { open: [plain] }), false, /nothing on it says/],
    ['was plain and undone by the run itself', {}, past([plain, { kind: 'uncordon' }]), false, /nothing on it says/],
    ['was not touched by the run', {}, past([{ kind: 'drain' }]), false, /did not cordon it/],
    ['had another run since', { annotations: hold(other) }, past([held]), false, /stays as that run left it/],
  ])('%s', (_, node, of, uncordons, keeps) => {
    const decided = plan({ ...node, unschedulable: true }, of);
    if (decided.kind !== 'restore') throw new Error(decided.message);
    expect(decided.uncordons).toBe(uncordons);
    expect(decided.change?.unschedulable).toBe(uncordons ? false : undefined);
    expect(decided.kept).toEqual(keeps ? [expect.stringMatching(keeps)] : []);
  });

  it('that stays is undone by a command that reaches the same cluster', () => {
    expect(plan({ unschedulable: true }, past([held]))).toMatchObject({
      kept: [expect.stringMatching(/; if it should not be: kmaint --context=prod uncordon node1$/)],
    });
  });

  it('that is gone already needs nothing', () => {
    expect(plan({}, past([held]))).toEqual({
      kind: 'restore',
      change: undefined,
      uncordons: false,
      restored: [],
      kept: [],
    });
  });
});

describe('who works on the node', () => {
  const live = '2026-01-01T12:00:30Z';
  it.each<[string, Partial<Node>, RestorePlan['kind']]>([
    ['another run, now', { annotations: hold(other, live) }, 'held'],
    ['our run, from another machine', { annotations: hold(ours, live, 'jane@laptop') }, 'held'],
    ['our run, killed a moment ago here', { annotations: hold(ours, live) }, 'restore'],
    ['another clock, a little behind', { annotations: hold(other, '2026-01-01T11:59:50Z') }, 'held'],
    ['somebody unreadable', { annotations: { [holdAnnotation]: '{}' } }, 'held'],
    ['nobody, but it is another node', { uid: 'another' }, 'replaced'],
  ])('%s', (_, node, kind) => {
    expect(plan({ ...node, unschedulable: true }, past([held])).kind).toBe(kind);
  });
});

describe('marks', () => {
  const mark: JournalStep = {
    kind: 'mark',
    labels: { lb: null, pool: 'a' },
    annotations: { scale: 'false' },
    set: { labels: { lb: 'true', pool: 'b' }, annotations: { scale: 'true' } },
  };
  it('get their former values back where they still have ours', () => {
    const node = {
      labels: { lb: 'true', pool: 'b', x: 'y' },
      annotations: { scale: 'true', ...hold(ours), [formerMarksAnnotation]: '{}' },
    };
    expect(plan(node, past([held, mark]))).toMatchObject({
      change: {
        labels: { lb: null, pool: 'a' },
        annotations: { scale: 'false', [holdAnnotation]: null, [formerMarksAnnotation]: null },
      },
      kept: [],
    });
  });

  it('keep what somebody else made of them, and need nothing where they are as before', () => {
    expect(plan({ labels: { lb: 'other', pool: 'a' }, annotations: {} }, past([mark]))).toMatchObject({
      change: undefined,
      kept: [
        expect.stringMatching(/label lb has another value/),
        expect.stringMatching(/annotation scale has another/),
      ],
    });
  });

  it('that a resumed run set again go back to what was before the first time', () => {
    const again: JournalStep = {
      ...mark,
      labels: { lb: 'true' },
      annotations: {},
      set: { labels: { lb: 'true' }, annotations: {} },
    };
    expect(
      plan({ labels: { lb: 'true', pool: 'a' }, annotations: { scale: 'false' } }, past([mark, again])),
    ).toMatchObject({
      change: { labels: { lb: null } },
    });
  });

  it('are known from the node alone, too', () => {
    const label = 'node.kubernetes.io/exclude-from-external-load-balancers';
    const scale = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
    const node = aNode({
      unschedulable: true,
      labels: { [label]: 'true' },
      annotations: {
        [scale]: 'true',
        ...hold(ours),
        ...cordon(ours),
        [formerMarksAnnotation]: JSON.stringify({ [label]: null, [scale]: 'false' }),
      },
    });
    expect(planRestore(node, pastOnNode(node, ours, false), 'bob@lap', nowMs, commands)).toMatchObject({
      uncordons: true,
      change: {
        unschedulable: false,
        labels: { [label]: null },
        annotations: {
          [scale]: 'false',
          [holdAnnotation]: null,
          [cordonAnnotation]: null,
          [formerMarksAnnotation]: null,
        },
      },
    });
  });
});

describe('the out-of-service taint', () => {
  const key = 'node.kubernetes.io/out-of-service';
  const foreign = { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' };
  const taint = { key, value: 'nodeshutdown', effect: 'NoExecute' };
  it('goes, and all others stay', () => {
    const of = past([{ kind: 'out-of-service' }]);
    expect(plan({ taints: [foreign, taint] }, of)).toMatchObject({ change: { taints: [foreign] } });
    expect(plan({ taints: [foreign] }, of)).toMatchObject({ change: undefined, kept: [] });
    expect(plan({ taints: [{ ...taint, value: 'mine' }] }, of)).toMatchObject({
      change: undefined,
      kept: [expect.any(String)],
    });
    expect(plan({ taints: [taint] }, past([held]))).toMatchObject({ change: undefined });
  });

  it.each(['False', 'Unknown'] as const)('stays while the node is %s, and that is said', (ready) => {
    expect(plan({ ready, taints: [taint] }, past([{ kind: 'out-of-service' }]))).toMatchObject({
      change: undefined,
      kept: [
        expect.stringMatching(
          new RegExp(`node1 is not Ready \\(${ready}\\).*: kubectl taint node node1 ${key}- --context prod$`),
        ),
      ],
    });
  });

  it('of another effect is not ours', () => {
    const of = past([{ kind: 'out-of-service' }]);
    expect(plan({ taints: [{ ...taint, effect: 'NoSchedule' }] }, of)).toMatchObject({
      change: undefined,
      kept: [expect.stringContaining('another value or effect')],
    });
  });
});

describe('what happened outside of the node', () => {
  const surge: JournalStep = { kind: 'surge', namespace: 'shop', name: 'db', stamp: 's' };
  it.each<[string, NodePast, readonly unknown[]]>([
    ['a restart that ended is named', past([surge]), [expect.stringMatching(/shop\/db was restarted.*not undone/)]],
    ['a restart that may be under way is not: it is undone', past([], { open: [surge] }), []],
    ['a program that ended', past([{ kind: 'exec', bootID: 'b' }]), [expect.stringMatching(/program had begun/)]],
    [
      'a program that had begun',
      past([], { open: [{ kind: 'exec', bootID: 'b' }] }),
      ['node1: the program had begun for it; that is not undone'],
    ],
    [
      'a program that fenced it',
      past([{ kind: 'fence', by: '/opt/fence' }], { open: [{ kind: 'fence', by: '/opt/fence' }] }),
      ['node1: /opt/fence had begun to switch it off; that is not undone'],
    ],
  ])('%s', (_, of, kept) => {
    expect(plan({}, of)).toMatchObject({ change: undefined, kept });
  });

  it('is known of restarts by what they wrote', () => {
    const { surged, openSurges } = past([surge], { open: [{ ...surge, name: 'web', stamp: 't' }] });
    expect(surged).toEqual(['shop/db']);
    expect(openSurges).toEqual([{ namespace: 'shop', name: 'web', stamp: 't' }]);
  });
});
