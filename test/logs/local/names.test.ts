import { describe, expect, test } from 'vitest';
import { parseContainerLink, parsePodFolder, rotatedAmong, runOf, runsAmong } from '../../../src/logs/local/names.ts';

describe('folders of pods', () => {
  test.each([
    ['default_web-1_3d7c4a52-1111-4222-8333-444455556666', 'default', 'web-1', '3d7c4a52-1111-4222-8333-444455556666'],
    [
      'kube-system_etcd-n1.example.com_0123456789abcdef0123456789abcdef',
      'kube-system',
      'etcd-n1.example.com',
      '0123456789abcdef0123456789abcdef',
    ],
  ])('%s', (name, namespace, pod, podUid) => {
    expect(parsePodFolder(name)).toEqual({ namespace, pod, podUid });
  });

  test.each(['', 'web', 'a_b', 'a_b_c_d', '_b_c', 'a__c', '3d7c4a52-1111-4222-8333-444455556666'])('not %j', (name) => {
    expect(parsePodFolder(name)).toBeUndefined();
  });
});

describe('links of containers', () => {
  const id = 'ab'.repeat(32);

  test('tell the id', () => {
    expect(parseContainerLink(`web-1.example_default_my-app-${id}.log`)).toEqual({
      pod: 'web-1.example',
      namespace: 'default',
      container: 'my-app',
      containerId: id,
    });
  });

  test.each([
    `web_default_app-${id}`,
    `web_default-${id}.log`,
    'web_default_app-xyz.log',
    'other.log',
    `a_b_c_d-${id}.log`,
  ])('not %s', (name) => expect(parseContainerLink(name)).toBeUndefined());
});

test('runs', () => {
  expect(runOf('12.log')).toBe(12);
  expect(runOf('0.log.20261121-021618')).toBeUndefined();
  expect(runOf('-1.log')).toBeUndefined();
  expect(runsAmong(['10.log', '9.log', 'x', '0.log.1', '2.log'])).toEqual([2, 9, 10]);
});

describe('rotated files', () => {
  test.each([
    [
      'dated, the oldest first',
      ['0.log.20261122-000000', '0.log', '0.log.20261121-235959.gz'],
      ['0.log.20261121-235959.gz', '0.log.20261122-000000'],
    ],
    ['numbered, the highest first', ['0.log.1', '0.log.10.gz', '0.log.2'], ['0.log.10.gz', '0.log.2', '0.log.1']],
    ['of this run only', ['10.log.1', '0.log.1', '1.log.1'], ['0.log.1']],
    [
      'packed halfway',
      ['0.log.20261121-235959.gz', '0.log.20261121-235959', '0.log.20261121-235959.tmp'],
      ['0.log.20261121-235959'],
    ],
    ['packed halfway, named in the other order', ['0.log.1', '0.log.1.gz'], ['0.log.1']],
    ['others', ['0.log.old', '0.log.2026', '0.log.x.gz', '0.log.20261121', '0.log~'], ['0.log.20261121', '0.log.2026']],
  ])('%s', (_, names, expected) => {
    expect(rotatedAmong(names, '0.log').map(({ name }) => name)).toEqual(expected);
  });

  test('say what they are', () => {
    expect(rotatedAmong(['0.log.20261121-235959.gz'], '0.log')).toEqual([
      { name: '0.log.20261121-235959.gz', stem: '0.log.20261121-235959', packed: true, dated: true },
    ]);
  });
});
