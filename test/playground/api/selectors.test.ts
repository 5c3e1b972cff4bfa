// Label and field selectors: what they match, and the words of a 1.36.3 server for what they cannot mean.
import { describe, expect, it } from 'vitest';
import { parseFieldSelector } from '../../../src/playground/api/field-selector.ts';
import { parseLabelSelector } from '../../../src/playground/api/label-selector.ts';
import type { KubeObject } from '../../../src/playground/objects.ts';
import { typeOf } from '../../../src/playground/resources.ts';
import { refusalOf } from '../registry/world.ts';

describe('parseLabelSelector', () => {
  const labels = { app: 'web', tier: 'front', n: '5', empty: '' };

  it.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app!=web', false],
    ['other!=web', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
    ['app in (web, db)', true],
    ['app notin (web,db)', false],
    ['other notin (web)', true],
    ['other in (web)', false],
    ['app=web,tier=back', false],
    [' app = web , tier in (front) ', true],
    ['n>4', true],
    ['n<5', false],
    ['empty=', true],
    ['app=', false],
    ['in in (in)', false],
  ])('%s: %s', (text, matches) => {
    expect(parseLabelSelector(text)(labels)).toBe(matches);
  });

  it.each([
    ['a===b', `unable to parse requirement: found '=', expected: identifier`],
    ['a!b', `unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt`],
    ['a in b', `unable to parse requirement: found 'b' expected: '('`],
    [
      '-a',
      `unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ])('refuses %s', (text, message) => {
    expect(refusalOf(() => parseLabelSelector(text))).toMatchObject({ code: 400, reason: 'BadRequest', message });
  });
});

describe('parseFieldSelector', () => {
  const metadata = { name: 'a', namespace: 'n', uid: '', resourceVersion: '', creationTimestamp: '' };
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { nodeName: 'x' },
    status: { phase: 'Running' },
  };
  const pods = typeOf('', 'pods');

  it.each([
    ['spec.nodeName=x', true],
    ['spec.nodeName!=x', false],
    ['metadata.name=a,metadata.namespace==n', true],
    ['status.phase!=Running', false],
    ['spec.hostNetwork=false', true],
    ['spec.schedulerName=', true],
  ])('%s: %s', (text, matches) => {
    expect(parseFieldSelector(pods, text).matches(pod)).toBe(matches);
  });

  it.each([
    ['pods', '', 'spec.foo=x', 'field label not supported: spec.foo'],
    ['nodes', '', 'spec.x=a', 'field label not supported: spec.x'],
    ['pods', '', 'nonsense', `invalid selector: 'nonsense'; can't understand 'nonsense'`],
    [
      'deployments',
      'apps',
      'spec.x=a',
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['jobs', 'batch', 'spec.x=a', 'field label "spec.x" not supported for Job'],
  ])('refuses for %s%s: %s', (plural, group, text, message) => {
    expect(refusalOf(() => parseFieldSelector(typeOf(group, plural), text))).toMatchObject({ code: 400, message });
  });
});
