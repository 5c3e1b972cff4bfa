/** Watches: nothing missed, nothing twice, selectors that objects enter and leave, bookmarks, ends. */
import { afterEach, beforeAll, expect, test } from 'vitest';
import { bodyOf, contract, refusal } from './contract.ts';
import { startWatch, type Watching } from './watching.ts';

contract({ prefix: 'watch' }, (at) => {
  const open: Watching[] = [];
  const watch = async (path: string): Promise<Watching> => {
    const one = await startWatch(at.api, path);
    open.push(one);
    return one;
  };
  const version = async (): Promise<string> =>
    bodyOf<{ metadata: { resourceVersion: string } }>(await at.get(at.core('configmaps'))).metadata.resourceVersion;
  const label = (name: string, value: string | null): Promise<unknown> =>
    at.patch('merge', at.core(`configmaps/${name}`), { metadata: { labels: { watched: value } } });

  beforeAll(async () => {
    await at.configMap('old', { metadata: { labels: { watched: 'old' } } });
    // Where the namespace gets its CA certificate, it has come before the first test looks.
    await at.api.get('/version');
  });
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  test('changes come in order, each with a larger resourceVersion', async () => {
    const from = await version();
    const selector = 'labelSelector=watched%3Dorder';
    const one = await watch(at.core(`configmaps?resourceVersion=${from}&${selector}`));
    await at.configMap('first', { metadata: { labels: { watched: 'order' } } });
    await at.configMap('second', { metadata: { labels: { watched: 'order' } } });
    await at.patch('merge', at.core('configmaps/first'), { data: { x: '1' } });
    await at.api.delete(at.core('configmaps/second'));
    await at.api.delete(at.core('configmaps/first'));
    expect(await one.told(5)).toEqual([
      'ADDED first',
      'ADDED second',
      'MODIFIED first',
      'DELETED second',
      'DELETED first',
    ]);
    const versions = one.events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    expect(versions[0]).toBeGreaterThan(Number(from));
    expect(one.events.every(({ object }) => object.kind === 'ConfigMap' && object.apiVersion === 'v1')).toBe(true);
    // The last state, as it was before the deletion.
    expect(one.events[4]?.object).toMatchObject({ data: { x: '1' } });
  });

  test('a watch from a list misses nothing that happened in between', async () => {
    const from = await version();
    await at.configMap('between', { metadata: { labels: { watched: 'between' } } });
    await at.api.delete(at.core('configmaps/between'));
    const one = await watch(at.core(`configmaps?resourceVersion=${from}&labelSelector=watched%3Dbetween`));
    expect(await one.told(2)).toEqual(['ADDED between', 'DELETED between']);
  });

  test('a change that changes nothing is no event', async () => {
    await at.configMap('same', { metadata: { labels: { watched: 'same' } }, data: { a: '1' } });
    const one = await watch(at.core(`configmaps?resourceVersion=${await version()}&labelSelector=watched%3Dsame`));
    const answer = await at.patch('merge', at.core('configmaps/same'), { data: { a: '1' } });
    expect(answer.status).toBe(200);
    await at.api.delete(at.core('configmaps/same'));
    expect(await one.told(1)).toEqual(['DELETED same']);
  });

  test.each(['', 'resourceVersion=0', 'resourceVersion='])('with %j it begins with what is there', async (query) => {
    const one = await watch(at.core(`configmaps?labelSelector=watched%3Dold&${query}`));
    expect(await one.told(1)).toEqual(['ADDED old']);
    await at.patch('merge', at.core('configmaps/old'), { data: { query: `${query}${String(Math.random())}` } });
    expect(await one.told(2)).toEqual(['ADDED old', 'MODIFIED old']);
  });

  test('an object that begins or ceases to match is added or deleted', async () => {
    const name = 'moving';
    await at.configMap(name);
    const from = await version();
    const one = await watch(at.core(`configmaps?resourceVersion=${from}&labelSelector=watched%3Din`));
    await label(name, 'in');
    await at.patch('merge', at.core(`configmaps/${name}`), { data: { x: '1' } });
    await label(name, 'out');
    await at.patch('merge', at.core(`configmaps/${name}`), { data: { x: '2' } });
    await label(name, 'in');
    await label(name, null);
    await at.api.delete(at.core(`configmaps/${name}`));
    const marker = await at.configMap('marker', { metadata: { labels: { watched: 'in' } } });
    expect(marker.status).toBe(201);
    expect(await one.told(6)).toEqual([
      `ADDED ${name}`,
      `MODIFIED ${name}`,
      `DELETED ${name}`,
      `ADDED ${name}`,
      `DELETED ${name}`,
      'ADDED marker',
    ]);
    // What left the selection is shown as it was while it matched, under the version of the change.
    const left = one.events[2]?.object;
    expect(left?.metadata.labels).toEqual({ watched: 'in' });
    expect(Number(left?.metadata.resourceVersion)).toBeGreaterThan(
      Number(one.events[1]?.object.metadata.resourceVersion),
    );
  });

  test('pods enter a watch by spec.nodeName when they are bound', async () => {
    const from = bodyOf<{ metadata: { resourceVersion: string } }>(await at.get(at.core('pods'))).metadata;
    const node = `${at.scenario.id}-later`;
    const one = await watch(
      at.core(`pods?resourceVersion=${from.resourceVersion}&fieldSelector=spec.nodeName%3D${node}`),
    );
    await at.scenario.pod('bound-later', { spec: { schedulerName: 'nobody' } });
    const binding = await at.post(at.core('pods/bound-later/binding'), {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'bound-later' },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    });
    expect(bodyOf(binding, 201)).toMatchObject({ kind: 'Status', status: 'Success', code: 201 });
    await at.delete(at.core('pods/bound-later'), { gracePeriodSeconds: 0 });
    await one.find('the deletion', ({ type }) => type === 'DELETED');
    // Even without a grace period the pod is marked first, and removed then.
    expect(one.events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    expect(one.events[1]?.object.metadata).toMatchObject({
      deletionGracePeriodSeconds: 0,
      deletionTimestamp: expect.any(String) as string,
    });
  });

  test('one object is watched by its name', async () => {
    const one = await watch(at.core('configmaps?fieldSelector=metadata.name%3Dold'));
    await at.configMap('other');
    await at.patch('merge', at.core('configmaps/old'), { data: { named: 'yes' } });
    expect(await one.told(2)).toEqual(['ADDED old', 'MODIFIED old']);
  });

  test('all namespaces are watched at once', async () => {
    const one = await watch(`/api/v1/configmaps?resourceVersion=${await version()}&labelSelector=watched%3Dwide`);
    await at.configMap('wide', { metadata: { labels: { watched: 'wide' } } });
    expect(await one.told(1)).toEqual(['ADDED wide']);
    expect(one.events[0]?.object.metadata.namespace).toBe(at.scenario.namespace);
  });

  test('sendInitialEvents ends what is there with an annotated bookmark, then goes on', async () => {
    const query =
      'sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&labelSelector=watched%3Dold';
    if (at.minor < 32) {
      // Behind a feature gate then; clients fall back to a list.
      const answer = refusal(await at.get(at.core(`configmaps?watch=true&${query}`)));
      expect(answer).toMatchObject({ code: 422, reason: 'Invalid' });
      expect(answer.message).toContain(
        'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
      );
      return;
    }
    const one = await watch(at.core(`configmaps?${query}`));
    const mark = await one.find('the end bookmark', ({ type }) => type === 'BOOKMARK');
    expect(one.events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(mark.object).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
    expect(Number(mark.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(
      Number(one.events[0]?.object.metadata.resourceVersion),
    );
    await at.patch('merge', at.core('configmaps/old'), { data: { initial: 'yes' } });
    expect(await one.told(2)).toEqual(['ADDED old', 'MODIFIED old']);
  });

  test('sendInitialEvents without resourceVersionMatch is refused', async () => {
    const answer = refusal(await at.get(at.core('configmaps?watch=true&sendInitialEvents=true')));
    expect(answer).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(answer.message).toContain('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  });

  test('a bookmark comes before the end, with a version only', { timeout: 100_000 }, async () => {
    const from = await version();
    // The server sends one about 2 s before the end; other objects have moved the version on by then.
    const one = await watch(
      at.core(
        `configmaps?resourceVersion=${from}&labelSelector=watched%3Dnone&allowWatchBookmarks=true&timeoutSeconds=4`,
      ),
    );
    await at.configMap('moves-on');
    const mark = await one.find('a bookmark', ({ type }) => type === 'BOOKMARK');
    expect(mark.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
    expect(Number(mark.object.metadata.resourceVersion)).toBeGreaterThan(Number(from));
    expect(mark.object.metadata.name).toBeUndefined();
  });

  test('timeoutSeconds ends the answer properly', async () => {
    const startedMs = performance.now();
    const answer = await at.get(
      at.core(`configmaps?watch=true&timeoutSeconds=1&resourceVersion=${await version()}&labelSelector=no-such`),
    );
    expect(answer).toMatchObject({ status: 200, body: expect.anything() as unknown });
    expect(performance.now() - startedMs).toBeGreaterThan(900);
    expect(answer.headers['content-type']).toBe('application/json');
  });

  test('a resourceVersion that is no number is refused', async () => {
    expect(refusal(await at.get(at.core('configmaps?watch=true&resourceVersion=abc')))).toEqual({
      code: 500,
      reason: undefined,
      message: 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
      details: undefined,
    });
  });
});
