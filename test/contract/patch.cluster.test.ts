/** The patch kinds: what each does with maps, lists and nulls, and what each refuses. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../support/api.ts';
import { bodyOf, contract, refusal } from './contract.ts';

interface Template extends KubeObject {
  data?: Record<string, string>;
  spec: {
    replicas?: number;
    strategy?: unknown;
    template: {
      metadata: { annotations?: Record<string, string> };
      spec: {
        containers: { name: string; image: string; env?: unknown[]; ports?: unknown[]; args?: string[] }[];
        tolerations?: unknown[];
        volumes?: unknown[];
        nodeSelector?: Record<string, string>;
      };
    };
  };
}

contract({ prefix: 'patch' }, (at) => {
  let made = 0;
  /** A Deployment of no pods, with everything that has merge keys. */
  async function deployment(): Promise<string> {
    const name = `deploy-${String((made += 1))}`;
    const labels = { app: name };
    const body = {
      metadata: { name },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            nodeSelector: { a: '1', b: '2' },
            tolerations: [{ key: 'one', operator: 'Exists' }],
            volumes: [{ name: 'tmp', emptyDir: {} }],
            containers: [
              {
                name: 'app',
                image: 'kmaint.test/app',
                args: ['a', 'b'],
                env: [
                  { name: 'A', value: '1' },
                  { name: 'B', value: '2' },
                ],
                ports: [{ containerPort: 80 }, { containerPort: 90 }],
              },
              { name: 'side', image: 'kmaint.test/side' },
            ],
          },
        },
      },
    };
    expect((await at.post(at.apps('deployments'), body)).status).toBe(201);
    return at.apps(`deployments/${name}`);
  }
  const pod = (spec: unknown): unknown => ({ spec: { template: { spec } } });
  const strategic = async (path: string, spec: unknown): Promise<Template['spec']['template']['spec']> =>
    bodyOf<Template>(await at.patch('strategic', path, pod(spec))).spec.template.spec;
  const images = (spec: Template['spec']['template']['spec']): string[] =>
    spec.containers.map(({ name, image }) => `${name} ${image}`);

  test('strategic: lists of objects are merged by their key and keep their order, new ones come first', async () => {
    const path = await deployment();
    expect(images(await strategic(path, { containers: [{ name: 'side', image: 'kmaint.test/side:2' }] }))).toEqual([
      'app kmaint.test/app',
      'side kmaint.test/side:2',
    ]);
    expect(images(await strategic(path, { containers: [{ name: 'new', image: 'kmaint.test/new' }] }))).toEqual([
      'new kmaint.test/new',
      'app kmaint.test/app',
      'side kmaint.test/side:2',
    ]);
  });

  test('strategic: $setElementOrder orders them', async () => {
    const order = [{ name: 'side' }, { name: 'app' }];
    const spec = await strategic(await deployment(), {
      '$setElementOrder/containers': order,
      containers: [{ name: 'app', image: 'x' }],
    });
    expect(images(spec)).toEqual(['side kmaint.test/side', 'app x']);
  });

  test('strategic: $patch deletes and replaces', async () => {
    const path = await deployment();
    expect(images(await strategic(path, { containers: [{ name: 'side', $patch: 'delete' }] }))).toEqual([
      'app kmaint.test/app',
    ]);
    const only = [{ $patch: 'replace' }, { name: 'only', image: 'kmaint.test/only' }];
    expect(images(await strategic(path, { containers: only }))).toEqual(['only kmaint.test/only']);
    expect((await strategic(path, { nodeSelector: { $patch: 'replace', c: '3' } })).nodeSelector).toEqual({ c: '3' });
  });

  test('strategic: inside of containers, env and ports are merged, args are replaced', async () => {
    const app = {
      name: 'app',
      env: [{ name: 'B', value: '3' }],
      ports: [{ containerPort: 90, name: 'web' }],
      args: ['c'],
    };
    const container = (await strategic(await deployment(), { containers: [app] })).containers.find(
      ({ name }) => name === 'app',
    );
    expect(container).toMatchObject({
      image: 'kmaint.test/app',
      args: ['c'],
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '3' },
      ],
      ports: [
        { containerPort: 80, protocol: 'TCP' },
        { containerPort: 90, name: 'web', protocol: 'TCP' },
      ],
    });
  });

  test('strategic: tolerations are replaced, volumes are merged', async () => {
    const path = await deployment();
    const spec = await strategic(path, {
      tolerations: [{ key: 'two', operator: 'Exists' }],
      volumes: [{ name: 'more', emptyDir: {} }],
    });
    expect(spec.tolerations).toEqual([{ key: 'two', operator: 'Exists' }]);
    expect(spec.volumes).toEqual([
      { name: 'more', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
    ]);
  });

  test('strategic: null takes a field away, then the default is back', async () => {
    const path = await deployment();
    expect((await strategic(path, { nodeSelector: { a: null } })).nodeSelector).toEqual({ b: '2' });
    expect((await strategic(path, { tolerations: null })).tolerations).toBeUndefined();
    const answer = bodyOf<Template>(await at.patch('strategic', path, { spec: { replicas: null } }));
    expect(answer.spec.replicas).toBe(1);
    expect((await at.patch('strategic', path, { spec: { replicas: 0 } })).status).toBe(200);
  });

  test('strategic: $retainKeys leaves only these', async () => {
    const strategy = { $retainKeys: ['type'], type: 'Recreate' };
    const answer = bodyOf<Template>(await at.patch('strategic', await deployment(), { spec: { strategy } }));
    expect(answer.spec.strategy).toEqual({ type: 'Recreate' });
  });

  test('strategic: finalizers are merged as a set, $deleteFromPrimitiveList takes away', async () => {
    await at.configMap('finalizers', { metadata: { finalizers: ['kmaint.test/a', 'kmaint.test/b'] } });
    const path = at.core('configmaps/finalizers');
    const patch = async (metadata: unknown): Promise<string[] | undefined> =>
      bodyOf<KubeObject>(await at.patch('strategic', path, { metadata })).metadata.finalizers;
    expect(await patch({ finalizers: ['kmaint.test/c', 'kmaint.test/a'] })).toEqual([
      'kmaint.test/c',
      'kmaint.test/a',
      'kmaint.test/b',
    ]);
    expect(await patch({ '$deleteFromPrimitiveList/finalizers': ['kmaint.test/b'] })).toEqual([
      'kmaint.test/c',
      'kmaint.test/a',
    ]);
    expect(await patch({ finalizers: null })).toBeUndefined();
  });

  test('strategic: conditions of a status are merged by type, taints of a node by key', async () => {
    const name = `${at.scenario.id}-patched`;
    const spec = {
      taints: [
        { key: 'a', effect: 'NoSchedule' },
        { key: 'b', effect: 'NoSchedule' },
      ],
    };
    await at.post('/api/v1/nodes', { metadata: { name }, spec });
    const conditions = [
      { type: 'One', status: 'True' },
      { type: 'Two', status: 'True' },
    ];
    const status = async (patch: unknown): Promise<{ type: string; status: string }[]> =>
      bodyOf<{ status: { conditions: { type: string; status: string }[] } }>(
        await at.patch('strategic', `/api/v1/nodes/${name}/status`, { status: patch }),
      ).status.conditions;
    await status({ conditions });
    const found = await status({ conditions: [{ type: 'Two', status: 'False' }] });
    expect(found.map(({ type, status }) => `${type} ${status}`)).toEqual(
      expect.arrayContaining(['One True', 'Two False']),
    );
    const node = bodyOf<{ spec: { taints: { key: string; effect: string }[] } }>(
      await at.patch('strategic', `/api/v1/nodes/${name}`, { spec: { taints: [{ key: 'c', effect: 'NoSchedule' }] } }),
    );
    // Not by key, as the field's documentation is often read: a patch of taints replaces the list.
    expect(node.spec.taints).toEqual([{ key: 'c', effect: 'NoSchedule' }]);
    await at.api.delete(`/api/v1/nodes/${name}`);
  });

  test('merge: maps are merged, lists replaced, nulls take away', async () => {
    await at.configMap('merge', { data: { a: '1', b: '2' } });
    const answer = bodyOf<Template>(
      await at.patch('merge', at.core('configmaps/merge'), { data: { a: null, c: '3' } }),
    );
    expect(answer.data).toEqual({ b: '2', c: '3' });
    const path = await deployment();
    const replaced = bodyOf<Template>(
      await at.patch('merge', path, pod({ containers: [{ name: 'only', image: 'x' }] })),
    );
    expect(images(replaced.spec.template.spec)).toEqual(['only x']);
    const refused = refusal(await at.patch('merge', path, pod({ containers: [{ name: 'only' }] })));
    expect(refused).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(refused.message).toContain('spec.template.spec.containers[0].image: Required value');
  });

  test('json: operations happen in order', async () => {
    await at.configMap('json', { metadata: { annotations: { 'x/y': '2' } }, data: { a: '1' } });
    const answer = await at.patch('json', at.core('configmaps/json'), [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'add', path: '/data/b', value: '3' },
      { op: 'copy', from: '/data/b', path: '/data/c' },
      { op: 'move', from: '/data/c', path: '/data/d' },
      { op: 'replace', path: '/data/a', value: '4' },
      { op: 'remove', path: '/metadata/annotations/x~1y' },
    ]);
    const patched = bodyOf<Template>(answer);
    expect(patched.data).toEqual({ a: '4', b: '3', d: '3' });
    expect(patched.metadata.annotations).toBeUndefined();
  });

  test('json: a list is added to at an index and at its end', async () => {
    const path = await deployment();
    const answer = bodyOf<Template>(
      await at.patch('json', path, [
        { op: 'add', path: '/spec/template/spec/containers/0/args/-', value: 'c' },
        { op: 'add', path: '/spec/template/spec/containers/0/args/0', value: 'z' },
      ]),
    );
    expect(answer.spec.template.spec.containers[0]?.args).toEqual(['z', 'a', 'b', 'c']);
  });

  test('json: a test that fails', async () => {
    await at.configMap('json-test', { data: { a: '1' } });
    const path = at.core('configmaps/json-test');
    const answer = refusal(
      await at.patch('json', path, [
        { op: 'replace', path: '/data/a', value: '2' },
        { op: 'test', path: '/data/a', value: '3' },
      ]),
    );
    expect(answer).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    });
    expect(bodyOf<Template>(await at.get(path)).data).toEqual({ a: '1' });
  });

  test.each([[{ op: 'remove', path: '/data/absent' }], [{ op: 'replace', path: '/spec/absent', value: 1 }]])(
    'json: %j is refused',
    async (operation) => {
      await at.configMap('json-absent', { data: { a: '1' } });
      expect(refusal(await at.patch('json', at.core('configmaps/json-absent'), [operation]))).toMatchObject({
        code: 422,
        reason: 'Invalid',
        message: 'the server rejected our request due to an error in our request',
      });
    },
  );

  test('a resourceVersion in a patch is a condition', async () => {
    const { metadata } = bodyOf<KubeObject>(await at.configMap('locked'), 201);
    const path = at.core('configmaps/locked');
    const patch = { metadata: { resourceVersion: metadata.resourceVersion }, data: { a: '1' } };
    expect((await at.patch('merge', path, patch)).status).toBe(200);
    expect(refusal(await at.patch('merge', path, { ...patch, data: { a: '2' } }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      details: { name: 'locked', kind: 'configmaps' },
    });
  });

  test('another content type', async () => {
    await at.configMap('typed');
    const answer = refusal(await at.api.request('PATCH', at.core('configmaps/typed'), { data: {} }));
    expect(answer).toEqual({
      code: 415,
      reason: 'UnsupportedMediaType',
      message: '415: Unsupported Media Type',
      details: {},
    });
  });

  test('of one that is not there', async () => {
    expect(refusal(await at.patch('merge', at.core('configmaps/absent'), {}))).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "absent" not found',
      details: { name: 'absent', kind: 'configmaps' },
    });
  });

  test('a patch that is no patch', async () => {
    await at.configMap('broken');
    const answer = refusal(await at.patch('json', at.core('configmaps/broken'), { op: 'add' }));
    expect(answer).toMatchObject({ code: 400, reason: 'BadRequest' });
  });

  // The one difference that is meant: the playground does not track who owns which field.
  test('server-side apply: the real server merges, the playground says that it cannot', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { a: '1' } };
    const answer = await at.patch('apply', `${at.core('configmaps/applied')}?fieldManager=contract`, body);
    if (at.target === 'server') expect(bodyOf<Template>(answer, 201).data).toEqual({ a: '1' });
    else expect(refusal(answer)).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
  });
});
