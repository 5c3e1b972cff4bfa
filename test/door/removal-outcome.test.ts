/** What answers to evictions and deletions mean: recorded ones first, then those that a small cluster cannot produce. */
import { describe, expect, test } from 'vitest';
import type { RemovalOutcome } from '../../src/cluster/cluster.ts';
import { classifyRemoval, classifyRemovalFailure } from '../../src/cluster/removal-outcome.ts';
import { ClusterError } from '../../src/errors.ts';
import { recorded } from './recorded.ts';

describe('recorded from a real server', () => {
  test.each<[string, Partial<RemovalOutcome>]>([
    ['eviction-201', { kind: 'accepted' }],
    ['eviction-201-dry-run', { kind: 'accepted' }],
    ['eviction-201-already-terminating', { kind: 'accepted' }],
    ['pod-delete-200', { kind: 'accepted' }],
    ['eviction-404-no-pod', { kind: 'gone' }],
    ['eviction-409-uid-mismatch', { kind: 'identity-changed' }],
    ['pod-delete-409-uid-mismatch', { kind: 'identity-changed' }],
    ['eviction-429-budget-exhausted', { kind: 'blocked-budget', budget: 'web', needs: 2, has: 2 }],
    ['eviction-429-still-being-processed', { kind: 'settling', retryAfterMs: 10_000 }],
    ['eviction-500-two-budgets', { kind: 'blocked-config' }],
    ['eviction-500-webhook-unreachable', { kind: 'transient', retryAfterMs: undefined }],
    ['eviction-403-namespace-terminating', { kind: 'namespace-terminating' }],
    ['eviction-denied-by-policy', { kind: 'denied', webhook: 'record' }],
    ['eviction-403-rbac', { kind: 'fatal', status: 403 }],
    ['node-list-401', { kind: 'fatal', status: 401 }],
  ])('%s', (name, outcome) => {
    expect(classifyRemoval(recorded(name))).toMatchObject(outcome);
  });

  test('the message holds the cause, once', () => {
    expect(classifyRemoval(recorded('eviction-429-budget-exhausted'))).toMatchObject({
      message:
        "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget web needs 2 healthy pods and has 2 currently",
    });
    expect(classifyRemoval(recorded('eviction-denied-by-policy'))).toMatchObject({
      message:
        "pods \"judged\" is forbidden: ValidatingAdmissionPolicy 'record' with binding 'record' denied request: no evictions during business hours",
    });
  });
});

describe('from the sources', () => {
  const status = (message: string, reason = '', details: object = {}): string =>
    JSON.stringify({ kind: 'Status', message, reason, details });
  const webhook = 'admission webhook "evict.kubevirt.io" denied the request: migrating';

  test.each<[string, number, Record<string, string>, string, Partial<RemovalOutcome>]>([
    ['a webhook that denies with 400', 400, {}, status(webhook), { kind: 'denied', webhook: 'evict.kubevirt.io' }],
    ['… with 403', 403, {}, status(`pods "a" is forbidden: ${webhook}`, 'Forbidden'), { kind: 'denied' }],
    ['… with 404', 404, {}, status(webhook, 'NotFound'), { kind: 'denied' }],
    ['… with 429', 429, { 'retry-after': '1' }, status(webhook, 'TooManyRequests'), { kind: 'denied' }],
    ['… with 500', 500, {}, status(webhook), { kind: 'denied' }],
    [
      'too many disrupted pods',
      403,
      {},
      status('DisruptedPods map too big - too many evictions not confirmed by PDB controller', 'Forbidden', {
        group: 'policy',
        kind: 'poddisruptionbudget',
        name: 'web',
      }),
      { kind: 'blocked-budget', budget: 'web', needs: undefined, has: undefined },
    ],
    [
      'a budget whose controller failed',
      429,
      {},
      status('Cannot evict pod', 'TooManyRequests', {
        causes: [
          {
            reason: 'DisruptionBudget',
            message:
              'The disruption budget web does not allow evicting pods currently because it failed sync: no scale',
          },
        ],
      }),
      { kind: 'blocked-budget', budget: 'web', needs: undefined },
    ],
    [
      'priority and fairness',
      429,
      { 'retry-after': '2' },
      'Too many requests, please try again later.\n',
      { kind: 'throttled', retryAfterMs: 2000 },
    ],
    ['… without a header', 429, {}, '', { kind: 'throttled', retryAfterMs: 1000 }],
    [
      'conflicts on a budget',
      504,
      {},
      status('couldn\'t update PodDisruptionBudget "web" due to conflicts', 'Timeout', { retryAfterSeconds: 10 }),
      { kind: 'settling', retryAfterMs: 10_000 },
    ],
    ['another 504', 504, {}, status('request did not complete', 'Timeout'), { kind: 'transient' }],
    ['503', 503, { 'retry-after': '1' }, 'apiserver is shutting down', { kind: 'transient', retryAfterMs: 1000 }],
    ['502 of a proxy', 502, {}, '<html><title>Bad Gateway</title></html>', { kind: 'transient' }],
    ['etcd', 500, {}, status('etcdserver: leader changed'), { kind: 'transient' }],
    ['408', 408, {}, '', { kind: 'transient', message: 'HTTP 408' }],
    [
      'a conflict that is not about the uid',
      409,
      {},
      status('the object has been modified', 'Conflict'),
      { kind: 'transient' },
    ],
    [
      'the storage layer’s uid conflict',
      409,
      {},
      status('Precondition failed: UID in precondition: a, UID in object meta: b', 'Conflict'),
      { kind: 'identity-changed' },
    ],
    ['404 of a proxy', 404, {}, '404 page not found', { kind: 'transient' }],
    ['a missing namespace', 404, {}, status('namespaces "a" not found', 'NotFound'), { kind: 'gone' }],
    ['400', 400, {}, status('bad', 'BadRequest'), { kind: 'fatal', status: 400 }],
    ['405', 405, {}, status('no', 'MethodNotAllowed'), { kind: 'fatal', status: 405 }],
    ['422', 422, {}, status('bad', 'Invalid'), { kind: 'fatal', status: 422 }],
    ['a redirect', 302, {}, '', { kind: 'fatal', status: 302 }],
  ])('%s', (_, code, headers, body, outcome) => {
    expect(classifyRemoval({ status: code, headers, body })).toMatchObject(outcome);
  });
});

describe('without an answer', () => {
  test('the network is transient', () => {
    const error = new ClusterError('cut', { code: 'cluster.unreachable' });
    expect(classifyRemovalFailure(error)).toEqual({ kind: 'transient', message: 'cut', retryAfterMs: undefined });
  });
  test('a certificate is not', () => {
    const error = new ClusterError('expired', { code: 'cluster.certificate', hint: 'renew' });
    expect(classifyRemovalFailure(error)).toEqual({ kind: 'fatal', message: 'expired', status: 0, hint: 'renew' });
  });
});
