/** Creation: what the server fills in, and what it refuses. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../support/api.ts';
import { bodyOf, contract, refusal } from './contract.ts';

const containers = [{ name: 'app', image: 'kmaint.test/app' }];

contract({ prefix: 'create' }, (at) => {
  test('an object gets its identity from the server', async () => {
    const sent = { name: 'identity', uid: 'mine', resourceVersion: '', creationTimestamp: '2001-01-01T00:00:00Z' };
    const made = bodyOf<KubeObject>(await at.post(at.core('configmaps'), { metadata: sent }), 201);
    expect(made).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'identity', namespace: at.scenario.namespace },
    });
    expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(made.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Math.abs(Date.now() - Date.parse(made.metadata.creationTimestamp ?? ''))).toBeLessThan(60_000);
    const read = bodyOf<KubeObject>(await at.get(at.core('configmaps/identity')));
    expect(read).toEqual(made);
  });

  test('generateName is completed by five characters', async () => {
    const post = async (): Promise<string> =>
      bodyOf<KubeObject>(await at.post(at.core('configmaps'), { metadata: { generateName: 'some-' } }), 201).metadata
        .name;
    const names = [await post(), await post()];
    for (const name of names) expect(name).toMatch(/^some-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(new Set(names).size).toBe(2);
  });

  test('a pod gets its defaults', async () => {
    const made = bodyOf<KubeObject>(
      await at.post(at.core('pods'), { metadata: { name: 'plain' }, spec: { containers, schedulerName: 'nobody' } }),
      201,
    );
    expect(made).toMatchObject({
      spec: {
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        schedulerName: 'nobody',
        enableServiceLinks: true,
        preemptionPolicy: 'PreemptLowerPriority',
        priority: 0,
        securityContext: {},
        tolerations: [
          { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
          { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        ],
        containers: [
          {
            name: 'app',
            image: 'kmaint.test/app',
            imagePullPolicy: 'Always',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
    // Pods have generations since 1.35 at the latest; 1.30 knows none.
    expect(made.metadata.generation).toBe(at.minor >= 35 ? 1 : undefined);
  });

  test.each([
    [{ requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: '100m', memory: '1Gi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ requests: { cpu: '100m' } }, 'Burstable'],
    [{}, 'BestEffort'],
  ])('a pod with the resources %j is %s', async (resources, qosClass) => {
    const spec = { schedulerName: 'nobody', containers: [{ name: 'app', image: 'kmaint.test/app:v1', resources }] };
    const made = bodyOf(await at.post(at.core('pods'), { metadata: { generateName: 'qos-' }, spec }), 201);
    expect(made).toMatchObject({ spec: { containers: [{ imagePullPolicy: 'IfNotPresent' }] }, status: { qosClass } });
  });

  test('limits are requests, where none are given', async () => {
    const resources = { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1' } };
    const spec = { schedulerName: 'nobody', containers: [{ name: 'app', image: 'kmaint.test/app', resources }] };
    const made = bodyOf(await at.post(at.core('pods'), { metadata: { name: 'requests' }, spec }), 201);
    expect(made).toHaveProperty('spec.containers.0.resources', {
      limits: { cpu: '2', memory: '1Gi' },
      requests: { cpu: '1', memory: '1Gi' },
    });
  });

  test('a Deployment gets its defaults, generation 1 and no status', async () => {
    const labels = { app: 'defaults' };
    const body = {
      metadata: { name: 'defaults' },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    };
    const made = bodyOf(await at.post(at.apps('deployments'), body), 201);
    expect(made).toMatchObject({
      metadata: { generation: 1 },
      spec: {
        replicas: 0,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        template: {
          spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, schedulerName: 'default-scheduler' },
        },
      },
      status: {},
    });
    expect(made).toHaveProperty('status', {});
  });

  test('a status that is sent along is dropped', async () => {
    const body = {
      metadata: { name: 'boast' },
      spec: { containers, schedulerName: 'nobody' },
      status: { phase: 'Running' },
    };
    expect(bodyOf(await at.post(at.core('pods'), body), 201)).toHaveProperty('status.phase', 'Pending');
  });

  test('a name that is taken', async () => {
    await at.configMap('twice');
    expect(refusal(await at.configMap('twice'))).toEqual({
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "twice" already exists',
      details: { name: 'twice', kind: 'configmaps' },
    });
  });

  test('a group is named in the details', async () => {
    const labels = { app: 'x' };
    const body = {
      metadata: { name: 'twice' },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    };
    expect((await at.post(at.apps('deployments'), body)).status).toBe(201);
    expect(refusal(await at.post(at.apps('deployments'), body))).toEqual({
      code: 409,
      reason: 'AlreadyExists',
      message: 'deployments.apps "twice" already exists',
      details: { name: 'twice', group: 'apps', kind: 'deployments' },
    });
  });

  test('a namespace that is not there', async () => {
    const answer = await at.post('/api/v1/namespaces/no-such-one/configmaps', { metadata: { name: 'x' } });
    expect(refusal(answer)).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'namespaces "no-such-one" not found',
      details: { name: 'no-such-one', kind: 'namespaces' },
    });
  });

  test('another namespace in the body than in the path', async () => {
    const answer = await at.post(at.core('configmaps'), { metadata: { name: 'x', namespace: 'other' } });
    expect(refusal(answer)).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    });
  });

  test.each(['Upper', 'under_score', '-begins', 'ends-', 'a..b'])('the name %j', async (name) => {
    const answer = refusal(await at.configMap(name));
    expect(answer).toMatchObject({ code: 422, reason: 'Invalid', details: { name, kind: 'ConfigMap' } });
    expect(answer.message).toMatch(
      new RegExp(
        `^ConfigMap "${name}" is invalid: metadata\\.name: Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of`,
      ),
    );
    expect(answer.details).toMatchObject({ causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }] });
  });

  test('no name at all', async () => {
    const answer = refusal(await at.post(at.core('configmaps'), { metadata: {} }));
    expect(answer).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      details: {
        kind: 'ConfigMap',
        causes: [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: name or generateName is required',
            field: 'metadata.name',
          },
        ],
      },
    });
  });

  test('a pod without containers', async () => {
    const answer = refusal(await at.post(at.core('pods'), { metadata: { name: 'empty' }, spec: {} }));
    expect(answer).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'Pod "empty" is invalid: spec.containers: Required value',
      details: {
        name: 'empty',
        kind: 'Pod',
        causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers' }],
      },
    });
  });

  test('labels that are none', async () => {
    const answer = refusal(await at.configMap('labels', { metadata: { labels: { 'a b': 'c' } } }));
    expect(answer).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(answer.message).toContain(
      'metadata.labels: Invalid value: "a b": name part must consist of alphanumeric characters',
    );
  });

  test('a Deployment whose selector does not match its template', async () => {
    const body = {
      metadata: { name: 'mismatch' },
      spec: {
        selector: { matchLabels: { app: 'x' } },
        template: { metadata: { labels: { app: 'y' } }, spec: { containers } },
      },
    };
    const answer = refusal(await at.post(at.apps('deployments'), body));
    expect(answer).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { group: 'apps', kind: 'Deployment', name: 'mismatch' },
    });
    expect(answer.message).toContain('`selector` does not match template `labels`');
  });

  test('another kind than the path says', async () => {
    const answer = await at.post(at.core('configmaps'), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } });
    expect(refusal(answer)).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(refusal(answer).message).toMatch(/^Secret in version "v1" cannot be handled as a ConfigMap: /);
  });

  test('a body that is no JSON', async () => {
    const answer = refusal(await at.api.request('POST', at.core('configmaps'), undefined));
    expect(answer).toMatchObject({ code: 400, reason: 'BadRequest' });
  });

  test('a field of the wrong type', async () => {
    const answer = refusal(await at.post(at.core('configmaps'), { metadata: { name: 'x', labels: 'none' } }));
    expect(answer).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(answer.message).toMatch(
      /^ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal/,
    );
  });
});
