/** Requests that no object can answer: unknown paths, methods, media types. */
import { expect, test } from 'vitest';
import { bodyOf, contract, refusal } from './contract.ts';

contract({ prefix: 'refusals' }, (at) => {
  const unknown = {
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  };

  test.each([
    '/api/v1/nonsense',
    '/apis/apps/v1/nonsense',
    '/api/v1/namespaces/default/nonsense',
    '/api/v1/namespaces/default/pods/x/nonsense',
    '/apis/apps/v9/deployments',
  ])('GET %s: no such resource', async (path) => {
    expect(refusal(await at.get(path))).toEqual(unknown);
  });

  test.each(['/nonsense', '/apis/nonsense.example/v1/things'])('GET %s: nothing there at all', async (path) => {
    const answer = await at.get(path);
    expect(answer).toMatchObject({ status: 404, body: '404 page not found\n' });
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test.each([
    ['PUT', 'configmaps'],
    ['PATCH', 'configmaps'],
    ['POST', 'configmaps/bare'],
  ])('%s %s is not allowed', async (method, path) => {
    const answer = refusal(await at.api.request(method, at.core(path), {}));
    expect(answer).toMatchObject({
      code: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
      details: {},
    });
  });

  test('GET of an eviction is not allowed', async () => {
    const answer = refusal(await at.get(at.core('pods/any/eviction')));
    expect(answer).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
  });

  test('an Accept that nothing satisfies', async () => {
    const answer = refusal(
      await at.api.request('GET', at.core('pods'), undefined, { headers: { accept: 'text/html' } }),
    );
    expect(answer).toMatchObject({ code: 406, reason: 'NotAcceptable' });
    expect(answer.message).toMatch(
      /^406: Not Acceptable\n\nAvailable representations: application\/json, application\/yaml, /,
    );
  });

  test.each(['*/*', 'text/html, application/json;q=0.5', ''])('Accept: %s', async (accept) => {
    const answer = await at.api.request('GET', at.core('pods'), undefined, { headers: { accept } });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
  });

  test('a content type that nothing reads', async () => {
    const answer = refusal(await at.api.request('POST', at.core('configmaps'), {}, { contentType: 'text/plain' }));
    expect(answer).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
    expect(answer.message).toMatch(
      /^the body of the request was in an unknown format - accepted media types include: application\/json, application\/yaml, /,
    );
  });

  test('the namespace of something that has none', async () => {
    expect((await at.get(at.core('nodes'))).status).toBe(404);
  });

  test('creation of a namespaced object without a namespace', async () => {
    const answer = await at.post('/api/v1/configmaps', { metadata: { name: 'x' } });
    expect(refusal(answer)).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
  });

  test('health is told as text', async () => {
    for (const path of ['/healthz', '/livez', '/readyz']) {
      expect(await at.get(path)).toMatchObject({ status: 200, body: 'ok' });
    }
  });

  test('an object that exists in no namespace', async () => {
    expect(refusal(await at.get('/api/v1/namespaces/absent'))).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'namespaces "absent" not found',
      details: { name: 'absent', kind: 'namespaces' },
    });
    expect(refusal(await at.get('/api/v1/nodes/absent'))).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'nodes "absent" not found',
      details: { name: 'absent', kind: 'nodes' },
    });
    expect(refusal(await at.get(at.policy('poddisruptionbudgets/absent')))).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'poddisruptionbudgets.policy "absent" not found',
      details: { name: 'absent', group: 'policy', kind: 'poddisruptionbudgets' },
    });
  });

  test('who may do what', async () => {
    const ask = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'create', resource: 'pods', subresource: 'eviction' } },
    };
    expect(bodyOf(await at.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', ask), 201)).toMatchObject({
      kind: 'SelfSubjectAccessReview',
      status: { allowed: true },
    });
  });
});
