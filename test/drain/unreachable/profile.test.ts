import { describe, expect, it } from 'vitest';
import { nodeProfile, policyFor, profileNotice } from '../../../src/drain/unreachable/profile.ts';
import { aNode, aPolicy } from '../../support/objects.ts';

const silent = aNode({ ready: 'Unknown' });

describe('a node', () => {
  it.each([
    ['True', 'reachable'],
    ['False', 'reachable'],
    ['Unknown', 'unreachable'],
  ] as const)('whose Ready is %s is %s', (ready, profile) => {
    expect(nodeProfile({ ready })).toBe(profile);
  });
});

describe('the policy of an unreachable node', () => {
  it('shortens the grace period and the wait, and nothing else', () => {
    const policy = aPolicy({ force: true, order: [{ order: 1, selector: 'app=web' }] });
    expect(policyFor(silent, policy)).toEqual({
      ...policy,
      gracePeriodSeconds: 1,
      skipWaitForDeleteTimeoutSeconds: 1,
    });
    expect(policyFor(silent, policy).disableEviction).toBe(false);
  });

  it.each([
    [{ gracePeriodSeconds: 0 }, { gracePeriodSeconds: 0, skipWaitForDeleteTimeoutSeconds: 1 }],
    [{ gracePeriodSeconds: 90 }, { gracePeriodSeconds: 90, skipWaitForDeleteTimeoutSeconds: 1 }],
    [{ skipWaitForDeleteTimeoutSeconds: 60 }, { gracePeriodSeconds: 1, skipWaitForDeleteTimeoutSeconds: 60 }],
  ])('keeps what the user gave: %j', (given, expected) => {
    expect(policyFor(silent, aPolicy(given))).toMatchObject(expected);
  });

  it('is the very same for a reachable one', () => {
    const policy = aPolicy();
    expect(policyFor(aNode(), policy)).toBe(policy);
    expect(policyFor(aNode({ ready: 'False' }), policy)).toBe(policy);
  });

  it('is announced, with its numbers', () => {
    expect(profileNotice(aNode(), aPolicy())).toBeUndefined();
    const notice = profileNotice(silent, aPolicy({ gracePeriodSeconds: 5 }));
    expect(notice).toContain('node1 is unreachable (Ready is Unknown)');
    expect(notice).toContain('grace period of 5s');
    expect(notice).toContain('should have been gone 1s ago');
    expect(notice).toContain('Budgets are honoured');
  });
});
