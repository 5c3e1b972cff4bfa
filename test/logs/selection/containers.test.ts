/** Which containers of a pod are taken, and what conditions a pod must meet. */
import { describe, expect, it } from 'vitest';
import { meets, parseCondition } from '../../../src/logs/selection/condition.ts';
import type { SelectionOptions } from '../../../src/logs/selection/options.ts';
import { aContainer, aLogPod, resolved } from './pods.ts';

const pod = aLogPod('web-1', {
  containers: [
    aContainer('setup', { kind: 'init', state: 'terminated' }),
    aContainer('proxy', { kind: 'init' }),
    aContainer('app'),
    aContainer('app-metrics'),
    aContainer('debugger-x', { kind: 'ephemeral' }),
  ],
});

const annotated = (name: string) => ({ ...pod, annotations: { 'kubectl.kubernetes.io/default-container': name } });

describe('containers', () => {
  it.each<[string, Partial<SelectionOptions>, string]>([
    ['all by default', {}, 'setup proxy app app-metrics debugger-x'],
    ['no init containers, sidecars among them', { initContainers: false }, 'app app-metrics debugger-x'],
    ['no ephemeral ones', { ephemeralContainers: false }, 'setup proxy app app-metrics'],
    ['by pattern, unanchored', { container: 'ap' }, 'app app-metrics'],
    ['by exact names', { containerNames: ['app', 'proxy'] }, 'proxy app'],
    ['by names, though left out by kind', { containerNames: ['app', 'proxy'], initContainers: false }, 'app'],
    ['but for excluded ones', { excludeContainers: ['^app$', 'debug'] }, 'setup proxy app-metrics'],
    ['pattern and exclusion', { container: 'app', excludeContainers: ['metrics'] }, 'app'],
    ['only the default one', { defaultContainerOnly: true }, 'app'],
    ['the default one gives way to names', { defaultContainerOnly: true, containerNames: ['proxy'] }, 'proxy'],
    ['those that the query names', { match: 'glob', query: ['web-1/app*'] }, 'app app-metrics'],
    ['of two queries for a pod, both', { match: 'glob', query: ['web-1/proxy', '*/app'] }, 'proxy app'],
    [
      'a query for all of the pod wins',
      { match: 'glob', query: ['web-1/proxy', 'web-*'], container: 'a' },
      'app app-metrics',
    ],
    ['the query and the flag', { match: 'glob', query: ['web-1/app*'], excludeContainers: ['metrics'] }, 'app'],
  ])('%s', async (_, options, expected) => {
    const names = (await resolved(options)).containers(pod).map(({ name }) => name);
    expect(names.join(' ')).toBe(expected);
  });

  it.each([
    ['the annotated one', annotated('app-metrics'), 'app-metrics'],
    ['an annotation that names none', annotated('gone'), 'app'],
  ])('default: %s', async (_, subject, expected) => {
    const selection = await resolved({ defaultContainerOnly: true });
    expect(selection.containers(subject).map(({ name }) => name)).toEqual([expected]);
  });
});

describe('condition', () => {
  it.each([
    ['ready', 'Ready', 'True'],
    ['READY=false', 'Ready', 'False'],
    ['podscheduled=unknown', 'PodScheduled', 'Unknown'],
    ['PodReadyToStartContainers', 'PodReadyToStartContainers', 'True'],
  ])('%s', (text, type, status) => expect(parseCondition(text)).toEqual({ value: { type, status } }));

  it.each([
    ['steady', '"steady" is none of ContainersReady, Initialized'],
    ['ready=yes', '"yes" is none of True, False, Unknown'],
    ['ready=', '"" is none of True'],
  ])('%s is refused', (text, problem) => {
    const parsed = parseCondition(text);
    expect('problem' in parsed && parsed.problem).toContain(problem);
  });

  it('is not met by a pod that does not have it', () => {
    const withReady = (status: string) => aLogPod('a', { conditions: { Ready: status } });
    const condition = { type: 'Ready', status: 'False' };
    expect(
      [withReady('False'), withReady('True'), aLogPod('a', { conditions: {} })].map((one) => meets(one, condition)),
    ).toEqual([true, false, false]);
    expect(meets(aLogPod('a', { conditions: {} }), undefined)).toBe(true);
  });
});
