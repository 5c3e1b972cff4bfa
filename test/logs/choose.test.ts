/** What is offered is what would be followed, and what is chosen is followed also when its pods are others. */
import { describe, expect, it } from 'vitest';
import type { LogPod } from '../../src/cluster/log-pod.ts';
import { UsageError } from '../../src/errors.ts';
import { choicesOf, chosenOf, listOf, readAnswer, workloadOf, type Ask, type Place } from '../../src/logs/choose.ts';
import type { ResolvedSelection } from '../../src/logs/selection/resolve.ts';
import { Targets } from '../../src/logs/selection/targets.ts';
import { aContainer, aLogPod, controlledBy, deployed } from './selection/pods.ts';

const web = [
  deployed('web', 'aaaaa', { labels: { 'pod-template-hash': 'aaaaa', 'app.kubernetes.io/instance': 'release-7' } }),
  deployed('web', 'bbbbb', { containers: [aContainer('app'), aContainer('proxy')] }),
];
const db = aLogPod('db-0', { controller: controlledBy('StatefulSet', 'db') });
const lone = aLogPod('lone', { namespace: 'other' });
const pods = [...web, db, lone];
const choices = choicesOf(pods.map((pod) => ({ pod, context: undefined })));
const names = (list: readonly { readonly workload: string }[]): string[] => list.map(({ workload }) => workload);

describe('workloadOf', () => {
  it.each<[string, LogPod]>([
    ['deploy/web', deployed('web', 'aaaaa')],
    ['rs/by-hand', aLogPod('x', { controller: controlledBy('ReplicaSet', 'by-hand') })],
    ['sts/db', db],
    ['ds/agent', aLogPod('x', { controller: controlledBy('DaemonSet', 'agent') })],
    ['job/nightly-*', aLogPod('x', { controller: controlledBy('Job', 'nightly-29384756') })],
    ['job/once', aLogPod('x', { controller: controlledBy('Job', 'once') })],
    ['node/n1', aLogPod('x', { controller: controlledBy('Node', 'n1') })],
    ['pod/lone', lone],
  ])('%s', (workload, pod) => {
    expect(workloadOf(pod)).toBe(workload);
  });
});

describe('choicesOf', () => {
  it('has one choice for each workload, with all of its pods and containers', () => {
    expect(names(choices)).toEqual(['pod/lone', 'deploy/web', 'sts/db']);
    expect(choices[1]).toMatchObject({ namespace: 'shop', pods: 2, containers: ['app', 'proxy'] });
  });

  it('keeps contexts apart', () => {
    const both = choicesOf(['a', 'b'].map((context) => ({ pod: db, context })));
    expect(both.map(({ context }) => context)).toEqual(['a', 'b']);
    expect(listOf(both)).toEqual([
      '    CONTEXT   NAMESPACE   WORKLOAD   PODS   CONTAINERS',
      '1   a         shop        sts/db     1      app',
      '2   b         shop        sts/db     1      app',
    ]);
  });

  it('shows a part of a long list', () => {
    const many = choicesOf(Array.from({ length: 45 }, (_, at) => ({ pod: aLogPod(`p${at}`), context: undefined })));
    expect(listOf(many)).toHaveLength(42);
    expect(listOf(many).at(-1)).toBe('and 5 more: type a part of a name');
  });
});

describe('readAnswer', () => {
  it.each<[string, string, readonly string[]]>([
    ['2', 'chosen', ['deploy/web']],
    ['3, 1', 'chosen', ['sts/db', 'pod/lone']],
    ['2 2', 'chosen', ['deploy/web']],
    ['all', 'chosen', ['pod/lone', 'deploy/web', 'sts/db']],
    [' * ', 'chosen', ['pod/lone', 'deploy/web', 'sts/db']],
    ['web', 'chosen', ['deploy/web']],
    ['shop/', 'narrowed', ['deploy/web', 'sts/db']],
    ['proxy', 'chosen', ['deploy/web']],
    ['release-7', 'chosen', ['deploy/web']],
    ['db-0', 'chosen', ['sts/db']],
  ])('%j: %s', (text, kind, workloads) => {
    const answer = readAnswer(text, choices);
    expect(answer.kind).toBe(kind);
    expect('choices' in answer && names(answer.choices)).toEqual(workloads);
  });

  it.each([
    ['', 'none'],
    ['  ', 'none'],
    ['4', 'unclear'],
    ['0', 'unclear'],
    ['1,9', 'unclear'],
    ['nothing', 'unclear'],
  ])('%j: %s', (text, kind) => {
    expect(readAnswer(text, choices).kind).toBe(kind);
  });
});

const { signal } = new AbortController();

function place(items: readonly LogPod[], context?: string, renew?: ResolvedSelection['renew']): Place {
  const selection: ResolvedSelection = {
    queries: [{ namespace: undefined, labelSelector: undefined, fieldSelector: undefined }],
    namespaces: undefined,
    accepts: ({ name }) => name !== 'unwanted',
    namesake: () => undefined,
    containers: (pod) => pod.containers,
    states: undefined,
    prepare: () => undefined,
    keyOf: () => 'one',
    renew,
  };
  const targets = new Targets(selection, { context });
  return { cluster: { listPods: () => Promise.resolve([...items]) }, selection, targets };
}

/** Answers one question after the other. */
function answers(...texts: readonly string[]): { readonly ask: Ask; readonly asked: () => number } {
  let asked = 0;
  return {
    ask: () => Promise.resolve(texts[asked++] ?? ''),
    asked: () => asked,
  };
}

describe('chosenOf', () => {
  it('follows what was chosen, with the pods that come later, and nothing else', async () => {
    const said: string[] = [];
    const [one] = await chosenOf(
      [place([...pods, aLogPod('unwanted')])],
      answers('web').ask,
      (line) => said.push(line),
      signal,
    );
    const accepts = one?.selection.accepts ?? (() => undefined);
    expect(pods.filter(accepts)).toEqual(web);
    expect(accepts(deployed('web', 'ccccc'))).toBe(true);
    expect(accepts(deployed('web', 'aaaaa', { namespace: 'other' }))).toBe(false);
    expect(one?.targets.apply({ type: 'snapshot', items: [...pods] }, 0).opened.map(({ pod }) => pod)).toEqual([
      web[0],
      web[1],
      web[1],
    ]);
    expect(said.join('\n')).not.toContain('unwanted');
    expect(said).toHaveLength(4);
  });

  it('asks again until it is clear, in the list that is left', async () => {
    const said: string[] = [];
    const { ask, asked } = answers('9', 'shop/', '2');
    const [one] = await chosenOf([place(pods)], ask, (line) => said.push(line), signal);
    expect(asked()).toBe(3);
    expect(pods.filter((pod) => one?.selection.accepts(pod))).toEqual([db]);
    expect(said).toContain('the list has no number 9');
  });

  it('chooses in the cluster that was meant', async () => {
    const [a, b] = await chosenOf([place([db], 'a'), place([db], 'b')], answers('2').ask, () => {}, signal);
    expect([a?.selection.accepts(db), b?.selection.accepts(db)]).toEqual([false, true]);
    expect(b?.targets.context).toBe('b');
  });

  it('asks nothing where there is no choice', async () => {
    const { ask, asked } = answers();
    const [one] = await chosenOf([place([db])], ask, () => {}, signal);
    expect(asked()).toBe(0);
    expect(one?.selection.accepts(db)).toBe(true);
  });

  it('holds for a selection that is looked up again', async () => {
    const later = place(pods).selection;
    const [one] = await chosenOf(
      [place(pods, undefined, () => Promise.resolve(later))],
      answers('db').ask,
      () => {},
      signal,
    );
    const next = await one?.selection.renew?.(signal);
    expect(pods.filter((pod) => next?.accepts(pod))).toEqual([db]);
  });

  it.each<[string, readonly LogPod[], Ask, RegExp]>([
    ['nothing matches', [], answers().ask, /no pod matches/],
    ['nothing is chosen', pods, answers('').ask, /nothing was chosen/],
  ])('refuses when %s', async (_, items, ask, message) => {
    const asked = chosenOf([place(items)], ask, () => {}, signal);
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toBeInstanceOf(UsageError);
  });

  it('ends when it is interrupted', async () => {
    const stop = new AbortController();
    stop.abort(new Error('interrupted'));
    const ask: Ask = (_, given) => Promise.reject(given.reason as Error);
    await expect(chosenOf([place(pods)], ask, () => {}, stop.signal)).rejects.toThrow('interrupted');
  });
});
