import { describe, expect, it } from 'vitest';
import { reviewAccess } from '../../src/playground/api/access.ts';

function body(spec: object): Buffer {
  return Buffer.from(JSON.stringify({ spec }));
}

const accessPath = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const evictions = { verb: 'create', resource: 'pods', subresource: 'eviction', namespace: 'default' };

describe('access reviews', () => {
  it('allow everything', async () => {
    expect(await reviewAccess(accessPath, body({ resourceAttributes: evictions }))).toEqual({
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec: { resourceAttributes: evictions },
      status: { allowed: true },
    });
    expect(
      await reviewAccess(accessPath, body({ nonResourceAttributes: { verb: 'get', path: '/healthz' } })),
    ).toMatchObject({
      status: { allowed: true },
    });
  });

  it('except what a rule forbids', async () => {
    const answer = await reviewAccess(accessPath, body({ resourceAttributes: evictions }), ({ verb, subresource }) =>
      verb === 'create' && subresource === 'eviction' ? 'not on Sundays' : undefined,
    );
    expect(answer).toMatchObject({ status: { allowed: false, reason: 'not on Sundays' } });
  });

  it.each([{}, { resourceAttributes: {}, nonResourceAttributes: {} }])(
    'ask for one kind of attributes: %o',
    async (spec) => {
      expect(() => reviewAccess(accessPath, body(spec))).toThrow(
        '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
      );
    },
  );

  it('list all rules of a namespace, and want one', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
    expect(await reviewAccess(path, body({ namespace: 'default' }))).toMatchObject({
      status: { resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }], incomplete: false },
    });
    expect(() => reviewAccess(path, body({}))).toThrow('no namespace on request');
  });

  it('may come as protobuf', async () => {
    const attributes = [
      0x0a,
      0x07,
      ...Buffer.from('default'),
      0x12,
      0x03,
      ...Buffer.from('get'),
      0x2a,
      0x04,
      ...Buffer.from('pods'),
    ];
    const spec = [0x0a, attributes.length, ...attributes];
    const raw = [0x0a, 0x00, 0x12, spec.length, ...spec];
    const message = Buffer.from([...Buffer.from('k8s\0'), 0x12, raw.length, ...raw]);
    expect(await reviewAccess(accessPath, message)).toMatchObject({
      spec: { resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' } },
      status: { allowed: true },
    });
  });

  it('know who asks', async () => {
    expect(await reviewAccess('/apis/authentication.k8s.io/v1/selfsubjectreviews', Buffer.from('{}'))).toMatchObject({
      kind: 'SelfSubjectReview',
      status: { userInfo: { groups: ['system:masters', 'system:authenticated'] } },
    });
  });

  it.each(['/apis/authorization.k8s.io/v1', '/apis/apps/v1/deployments', '/api/v1/selfsubjectreviews'])(
    'are not at %s',
    async (path) => {
      expect(await reviewAccess(path, Buffer.from('{}'))).toBeUndefined();
    },
  );

  it('refuse what is no JSON', () => {
    expect(() => reviewAccess(accessPath, Buffer.from('{'))).toThrow('the object provided is unrecognized');
  });
});
