/** Logs of containers: what is refused, and what is given of what they have written. */
import type { IncomingMessage } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../support/api.ts';
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

  test('a pod whose node is not there', async () => {
    await at.scenario.pod('astray', { nodeName: 'kmaint-test-nowhere' });
    expect(refusal(await at.get(log('astray')))).toEqual({
      code: 404,
      reason: 'NotFound',
      // The node's name, but the kind of what was asked for.
      message: 'pods "kmaint-test-nowhere" not found',
      details: { name: 'kmaint-test-nowhere', kind: 'pods' },
    });
  });

  describe('a container that has written', () => {
    /** Lines as they stand in the log: the playground makes them up, kwok takes them from test/cluster/container-logs. */
    let lines: { readonly stamp: string; readonly text: string }[];
    const textOf = (some: typeof lines): string => some.map(({ text }) => `${text}\n`).join('');
    const stampedOf = (some: typeof lines): string => some.map(({ stamp, text }) => `${stamp} ${text}\n`).join('');
    const bytesOf = (text: string, bytes: number): string => Buffer.from(text).subarray(0, bytes).toString();
    async function read(query: string): Promise<string> {
      const { status, headers, body } = await at.get(log('speaker', `container=app&${query}`));
      expect([status, headers['content-type'], query]).toEqual([200, 'text/plain', query]);
      return String(body);
    }

    beforeAll(async () => {
      // It ends, so that all requests find the same lines.
      await at.scenario.pod('speaker', {
        nodeName: at.scenario.nodeNames[0] ?? '',
        readyAfterMs: 10,
        completeAfterMs: 3_100,
        annotations: { 'kmaint.test/log-lines-per-second': '4' },
        spec: { containers: two },
      });
      await until<TestPod>(at, at.core('pods/speaker'), 'it to end', ({ status }) => status.phase === 'Succeeded');
      lines = (await read('timestamps=true'))
        .split('\n')
        .slice(0, -1)
        .map((line) => ({ stamp: line.slice(0, line.indexOf(' ')), text: line.slice(line.indexOf(' ') + 1) }));
      expect(lines.length).toBeGreaterThan(6);
    });

    test('stamps of nine digits, in order', () => {
      const stamps = lines.map(({ stamp }) => stamp);
      for (const stamp of stamps) expect(stamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
      expect(stamps).toEqual(stamps.toSorted());
      expect(new Set(stamps.map((stamp) => stamp.slice(0, 19))).size).toBeGreaterThan(2);
    });

    test('text without stamps', async () => {
      expect(await read('')).toBe(textOf(lines));
      expect(await read('timestamps=false')).toBe(textOf(lines));
    });

    test('a tail', async () => {
      expect(await read('tailLines=0')).toBe('');
      expect(await read('tailLines=1')).toBe(textOf(lines.slice(-1)));
      expect(await read('tailLines=4&timestamps=true')).toBe(stampedOf(lines.slice(-4)));
      expect(await read('tailLines=100000')).toBe(textOf(lines));
    });

    test('so many bytes, stamps included, in the middle of a line', async () => {
      const text = textOf(lines);
      expect(await read('limitBytes=5')).toBe(bytesOf(text, 5));
      const inSecond = Buffer.byteLength(textOf(lines.slice(0, 1))) + 2;
      expect(await read(`limitBytes=${inSecond}`)).toBe(bytesOf(text, inSecond));
      expect(await read('limitBytes=40&timestamps=true')).toBe(bytesOf(stampedOf(lines), 40));
      expect(await read('limitBytes=7&tailLines=2')).toBe(bytesOf(textOf(lines.slice(-2)), 7));
      expect(await read('limitBytes=1000000')).toBe(text);
    });

    test('since a second, that one included', async () => {
      const second = `${lines[5]?.stamp.slice(0, 19) ?? ''}Z`;
      const later = lines.filter(({ stamp }) => stamp >= `${second.slice(0, 19)}.`);
      expect(later.length).toBeLessThan(lines.length);
      expect(await read(`sinceTime=${second}&timestamps=true`)).toBe(stampedOf(later));
      // The server passes whole seconds on to the kubelet.
      expect(await read(`sinceTime=${second.slice(0, 19)}.999Z&timestamps=true`)).toBe(stampedOf(later));
      expect(await read('sinceTime=2000-01-01T00:00:00Z')).toBe(textOf(lines));
      expect(await read('sinceTime=2100-01-01T00:00:00Z')).toBe('');
    });

    test('since so many seconds ago', async () => {
      expect(await read('sinceSeconds=1000000000')).toBe(textOf(lines));
      await waitFor('the last line to be old', async () => ((await read('sinceSeconds=1')) === '' ? true : undefined));
    });

    test('a tail counts lines that are too old: fewer are left', async () => {
      const last = `${lines.at(-1)?.stamp.slice(0, 19) ?? ''}Z`;
      const young = lines.filter(({ stamp }) => stamp >= `${last.slice(0, 19)}.`);
      expect(await read(`sinceTime=${last}&tailLines=100000`)).toBe(textOf(young));
      expect(await read('sinceTime=2100-01-01T00:00:00Z&tailLines=3')).toBe('');
    });

    test('every container has a log of its own', async () => {
      const answer = await at.get(log('speaker', 'container=side'));
      expect(answer.status).toBe(200);
      expect(answer.body).not.toBe('');
      expect(answer.body).not.toBe(textOf(lines));
    });

    test('no run before this one', async () => {
      const answer = refusal(await at.get(log('speaker', 'container=app&previous=true')));
      expect(answer).toMatchObject({ code: 400, reason: 'BadRequest' });
    });
  });

  describe('a container that runs', () => {
    async function open(query: string): Promise<IncomingMessage> {
      return await at.api.stream('GET', log('talker', `follow=true&${query}`), { accept: '*/*' }, '');
    }

    beforeAll(async () => {
      await at.scenario.pod('talker', {
        nodeName: at.scenario.nodeNames[0] ?? '',
        readyAfterMs: 10,
        annotations: { 'kmaint.test/log-text': 'one\ntwo\nthree\n' },
      });
      await until<TestPod>(at, at.core('pods/talker'), 'it to run', ({ status }) => status.phase === 'Running');
    });

    test('is followed: its lines at once, and then the stream stays open', async () => {
      const written = String((await at.get(log('talker'))).body);
      const tail = written.split('\n').slice(-3).join('\n');
      const incoming = await open('tailLines=2');
      expect(incoming.statusCode).toBe(200);
      expect(incoming.headers['content-type']).toBe('text/plain');
      let text = '';
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await waitFor('its lines', async () => (text.length >= tail.length ? true : undefined));
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(text).toBe(tail);
      expect(incoming.complete).toBe(false);
      incoming.destroy();
    });

    test('is followed up to a limit of bytes', async () => {
      const incoming = await open('limitBytes=3');
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      expect(incoming.complete).toBe(true);
      expect(Buffer.concat(chunks)).toHaveLength(3);
    });
  });
});
