/** Log streams: what is refused, on both; what they say, where somebody writes logs. */
import { expect, test } from 'vitest';
import type { TestPod } from '../support/workloads.ts';
import { contract, refusal, until } from './contract.ts';

const two = [
  { name: 'app', image: 'kmaint.test/app' },
  { name: 'side', image: 'kmaint.test/side' },
];

contract({ prefix: 'logs', nodes: 1 }, (at) => {
  const log = (pod: string, query = ''): string => at.core(`pods/${pod}/log?${query}`);

  test('a pod that is not there', async () => {
    expect(refusal(await at.get(log('absent')))).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'pods "absent" not found',
      details: { name: 'absent', kind: 'pods' },
    });
  });

  test('several containers, and none is named', async () => {
    await at.scenario.pod('several', { spec: { containers: two, schedulerName: 'nobody' } });
    expect(refusal(await at.get(log('several')))).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: 'a container name must be specified for pod several, choose one of: [app side]',
    });
  });

  test('a container that the pod does not have', async () => {
    await at.scenario.pod('lone', { spec: { schedulerName: 'nobody' } });
    expect(refusal(await at.get(log('lone', 'container=other')))).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: 'container other is not valid for pod lone',
    });
  });

  test('init containers are named among the choices', async () => {
    await at.scenario.pod('init', {
      spec: {
        containers: two,
        initContainers: [{ name: 'first', image: 'kmaint.test/init' }],
        schedulerName: 'nobody',
      },
    });
    expect(refusal(await at.get(log('init'))).message).toBe(
      'a container name must be specified for pod init, choose one of: [first app side]',
    );
  });

  test('a pod on no node has nothing to say yet', async () => {
    await at.scenario.pod('unbound', { spec: { schedulerName: 'nobody' } });
    const answer = await at.get(log('unbound'));
    expect(answer).toMatchObject({ status: 204, body: '' });
  });

  test.each([
    ['tailLines=-1', 'tailLines: Invalid value: -1: must be greater than or equal to 0'],
    ['limitBytes=0', 'limitBytes: Invalid value: 0: must be greater than 0'],
    ['sinceSeconds=0', 'sinceSeconds: Invalid value: 0: must be greater than 0'],
    ['sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z', 'at most one of `sinceTime` or `sinceSeconds` may be specified'],
  ])('%s is refused', async (query, words) => {
    const name = `bad-${(query.split('=')[0] ?? '').toLowerCase()}-${String(query.length)}`;
    await at.scenario.pod(name, { spec: { schedulerName: 'nobody' } });
    const answer = refusal(await at.get(log(name, query)));
    expect(answer).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(answer.message).toContain(words);
  });

  // kwok has no logs to give, so what follows can be said of the playground alone.
  const talks = (): boolean => at.target === 'playground';
  async function talking(name: string): Promise<void> {
    await at.scenario.pod(name, { nodeName: at.scenario.nodeNames[0] ?? '', readyAfterMs: 10, goneAfterMs: 300 });
    await until<TestPod>(at, at.core(`pods/${name}`), 'it to run', ({ status }) => status.phase === 'Running');
  }

  test('a running pod: text, a tail, timestamps', async () => {
    await talking('speaker');
    const answer = await at.get(log('speaker', 'tailLines=0'));
    if (!talks()) {
      // The API server passes on that the kubelet's side has nothing configured.
      expect(answer.status).toBeGreaterThanOrEqual(400);
      return;
    }
    expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-type': 'text/plain' } });
    const lines = await untilLines(2, 'speaker');
    const tail = await at.get(log('speaker', 'tailLines=1'));
    expect(String(tail.body).split('\n')).toHaveLength(2);
    const stamped = String((await at.get(log('speaker', 'timestamps=true'))).body).split('\n');
    expect(stamped[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /);
    expect(stamped[0]?.endsWith(` ${lines[0] ?? ''}`)).toBe(true);
    const bytes = await at.get(log('speaker', 'limitBytes=5'));
    expect(bytes.body).toBe((lines[0] ?? '').slice(0, 5));
  });

  test('a stream that is followed ends with its pod', async () => {
    await talking('followed');
    const incoming = await at.api.stream('GET', log('followed', 'follow=true&tailLines=0'), { accept: '*/*' }, '');
    const ended = new Promise<boolean>((resolve) => incoming.on('end', () => resolve(true)));
    incoming.resume();
    if (!talks()) {
      expect(incoming.statusCode).toBeGreaterThanOrEqual(400);
      return;
    }
    expect(incoming.statusCode).toBe(200);
    await at.delete(at.core('pods/followed'));
    expect(await ended).toBe(true);
    expect((await at.get(log('followed'))).status).toBe(404);
  });

  async function untilLines(count: number, pod: string): Promise<string[]> {
    for (;;) {
      const lines = String((await at.get(log(pod))).body)
        .split('\n')
        .slice(0, -1);
      if (lines.length >= count) return lines;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});
