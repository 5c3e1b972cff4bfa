/** Refusals as the user reads them, mostly recorded from a real server. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/cluster/answer.ts';
import { retryAfterMs, statusOf } from '../../src/cluster/answer.ts';
import { answerError } from '../../src/cluster/api-error.ts';
import { expiryOf } from '../../src/cluster/credential-expiry.ts';
import { rbacHint } from '../../src/cluster/rbac.ts';
import { describeRequest, resourceOf } from '../../src/cluster/resource-path.ts';
import { credentialsOf } from './connection.ts';
import { recorded } from './recorded.ts';

const server = 'https://api.test:6443';
const kubectl = kubectlFor('prod');

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

describe('an answer', () => {
  test('403 names the rule that is missing and how to check', () => {
    const error = answerError(
      { method: 'PATCH', path: '/api/v1/nodes/n1', server, kubectl },
      recorded('node-patch-403-rbac'),
    );
    expect(error).toMatchObject({ code: 'cluster.forbidden', status: 403, exitCode: 4, transient: false });
    expect(error.message).toMatch(
      /^cannot patch nodes n1 on https:\/\/api\.test:6443: nodes ".*" is forbidden: User ".*" cannot patch resource "nodes".*\(403 Forbidden\)$/,
    );
    expect(error.hint).toBe(
      'ask for the rule {apiGroups: [""], resources: ["nodes"], verbs: ["patch"]} in a ClusterRole; check with: kubectl auth can-i patch nodes --context prod',
    );
  });

  test('403 in a namespace, of a subresource', () => {
    const path = '/api/v1/namespaces/scenario/pods/bare/eviction';
    const error = answerError({ method: 'POST', path, server, kubectl }, recorded('eviction-403-rbac'));
    expect(error.message).toContain('cannot create pods/eviction scenario/bare on');
    expect(error.hint).toBe(
      'ask for the rule {apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"]} in a Role in namespace scenario; check with: kubectl auth can-i create pods --subresource=eviction -n scenario --context prod',
    );
  });

  test('401 of a server that does not know us', () => {
    const error = answerError({ method: 'GET', path: '/api/v1/nodes', server, kubectl }, recorded('node-list-401'));
    expect(error).toMatchObject({ code: 'cluster.unauthorized', status: 401 });
    expect(error.message).toBe('cannot list nodes on https://api.test:6443: Unauthorized (401 Unauthorized)');
    expect(error.hint).toMatch(/expired: log in to the cluster again/);
  });

  test('401 where it is plain that the token has expired', () => {
    const expired = 'the token expired on 2026-01-01 00:00 UTC';
    const error = answerError(
      { method: 'GET', path: '/api/v1/nodes', server, kubectl, expired },
      recorded('node-list-401'),
    );
    expect(error.message).toBe(`cannot list nodes on https://api.test:6443: ${expired} (401 Unauthorized)`);
    expect(error.hint).toMatch(/^log in/);
  });

  test.each([
    ['node-get-404', 'cluster.not-found', false],
    ['node-patch-409-resource-version', 'cluster.conflict', true],
    ['pod-list-410-expired-continue', 'cluster.expired', false],
    ['eviction-429-still-being-processed', 'cluster.throttled', true],
    ['eviction-500-webhook-unreachable', 'cluster.server', true],
    ['eviction-denied-by-policy', 'cluster.invalid', false],
  ])('%s is %s', (name, code, transient) => {
    const recording = recorded(name);
    const error = answerError({ method: 'GET', path: '/api/v1/nodes/n', server, kubectl }, recording);
    expect(error).toMatchObject({ code, transient, status: recording.status });
    expect(error.message).toContain(statusOf(recording.body)?.message);
  });

  test('carries how long to wait', () => {
    const error = answerError(
      { method: 'GET', path: '/x', server, kubectl },
      recorded('eviction-429-still-being-processed'),
    );
    expect(error.retryAfterMs).toBe(10_000);
  });

  test('of a proxy is told by its title or its text', () => {
    const page = '<html><head><title>502 Bad\n Gateway</title></head><body>…</body></html>';
    const asked = { method: 'GET', path: '/api/v1/nodes', server, kubectl };
    expect(answerError(asked, answer(502, page)).message).toBe(
      'cannot list nodes on https://api.test:6443: an HTML page "502 Bad Gateway", probably of a proxy on the way (HTTP 502)',
    );
    expect(answerError(asked, answer(503, 'x'.repeat(500))).message).toContain(`${'x'.repeat(200)}… (HTTP 503)`);
    expect(answerError(asked, answer(500, '')).message).toContain('no reason given');
  });

  test('404 without a Status says nothing about the object', () => {
    const error = answerError(
      { method: 'GET', path: '/api/v1/nodes/n', server, kubectl },
      answer(404, '404 page not found'),
    );
    expect(error).toMatchObject({ code: 'cluster.invalid', transient: false });
    expect(error.hint).toContain('is this the URL of a Kubernetes API server');
  });

  test('504 without a Status is of a gateway that has waited long enough', () => {
    const asked = { method: 'GET', path: '/api/v1/nodes', server, kubectl };
    const error = answerError(asked, answer(504, '<html><title>504 Gateway Time-out</title></html>'));
    expect(error).toMatchObject({ code: 'cluster.timeout', status: 504, transient: true });
    expect(error.hint).toContain('a gateway before the API server gave up waiting');
    expect(answerError(asked, answer(504, { kind: 'Status', message: 'no' }))).toMatchObject({
      code: 'cluster.server',
      transient: true,
    });
  });

  test('400 of an HTTPS server that was asked in HTTP', () => {
    const error = answerError(
      { method: 'GET', path: '/version', server, kubectl },
      answer(400, 'Client sent an HTTP request to an HTTPS server.\n'),
    );
    expect(error.hint).toBe('use https:// in the URL of the server');
  });
});

describe('Retry-After', () => {
  test.each<[string, Answer, number | undefined]>([
    ['seconds', answer(429, '', { 'retry-after': '3' }), 3000],
    ['nothing', answer(429, ''), undefined],
    ['the body', answer(504, { kind: 'Status', details: { retryAfterSeconds: 10 } }), 10_000],
    [
      'a date',
      answer(503, '', { 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' }),
      30_000,
    ],
    ['nonsense', answer(503, '', { 'retry-after': 'soon' }), undefined],
  ])('from %s', (_, given, ms) => {
    expect(retryAfterMs(given)).toBe(ms);
  });
});

describe('a Status', () => {
  test.each(['', 'text', '[]', 'null', '{', '{"kind":"Pod"}'])('is not %j', (body) => {
    expect(statusOf(body)).toBeUndefined();
  });
});

describe('RBAC', () => {
  test('of another API group', () => {
    expect(
      rbacHint(
        'daemonsets.apps "a" is forbidden: User "j" cannot get resource "daemonsets" in API group "apps" in the namespace "n"',
        kubectl,
      ),
    ).toContain('kubectl auth can-i get daemonsets.apps -n n --context prod');
  });
  test('of a path', () => {
    expect(rbacHint('forbidden: User "j" cannot get path "/version"', kubectl)).toContain(
      'nonResourceURLs: ["/version"]',
    );
  });
  test('of an anonymous user points at the credentials', () => {
    expect(
      rbacHint(
        'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope',
        kubectl,
      ),
    ).toMatch(/^the server took us for an anonymous user/);
  });
  test('is not what an admission plugin says', () => {
    expect(rbacHint('pods "a" is forbidden: exceeded quota: q', kubectl)).toBeUndefined();
  });
});

describe('a path', () => {
  test.each([
    ['GET', '/api/v1/nodes', 'list nodes'],
    ['GET', '/api/v1/pods?watch=1&limit=5', 'watch pods'],
    ['GET', '/k8s/clusters/c1/api/v1/namespaces/a/pods', 'list pods in namespace a'],
    ['GET', '/api/v1/namespaces/a', 'get namespaces a'],
    ['POST', '/api/v1/namespaces/a/pods/b/eviction?dryRun=All', 'create pods/eviction a/b'],
    ['DELETE', '/api/v1/namespaces/a/pods/b%20c', 'delete pods a/b c'],
    ['GET', '/apis/apps/v1/namespaces/a/daemonsets/d', 'get daemonsets a/d'],
    ['GET', '/version/', 'GET /version/'],
  ])('%s %s is: %s', (method, path, words) => {
    expect(describeRequest(method, path)).toBe(words);
  });
  test('gives the API group', () => {
    expect(resourceOf('GET', '/apis/policy/v1/poddisruptionbudgets')?.group).toBe('policy');
  });
});

describe('expiry', () => {
  const now = Date.parse('2026-06-01T00:00:00Z');
  const token = (claims: object): string =>
    `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2lnbmF0dXJl`;

  test('of a token that says when', () => {
    const authorization = token({ exp: Date.parse('2026-05-31T23:59:00Z') / 1000 });
    expect(expiryOf(credentialsOf({ headers: { Authorization: authorization } }), now)).toBe(
      'the token expired on 2026-05-31 23:59 UTC',
    );
  });
  test.each([token({ exp: now }), token({}), 'Bearer opaque', 'Bearer a.!.b', 'Basic x'])(
    'is unknown of %s',
    (authorization) => {
      expect(expiryOf(credentialsOf({ headers: { authorization } }), now)).toBeUndefined();
    },
  );
});
