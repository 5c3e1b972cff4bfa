import { describe, expect, it } from 'vitest';
import type { Answer, ApiRequest, ApiWorld } from '../../src/playground/api/handler.ts';
import { serveLog } from '../../src/playground/api/logs.ts';
import { createRegistry } from '../../src/playground/registry.ts';
import { typeOf } from '../../src/playground/resources.ts';
import { createStore } from '../../src/playground/store.ts';
import { FakeClock } from '../support/clock.ts';

const pods = typeOf('', 'pods');
const startedAt = '2026-01-01T00:00:00Z';

interface World extends ApiWorld {
  readonly clock: FakeClock;
  pod(shape?: PodShape): void;
  status(status: object): void;
}

interface PodShape {
  readonly containers?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly nodeName?: string | undefined;
  readonly state?: object;
  readonly lastState?: object;
}

/** A minute after the start of whatever runs. */
function setUp(): World {
  const clock = new FakeClock(Date.parse(startedAt) + 60_000);
  const store = createStore();
  const registry = createRegistry(store, clock);
  registry.create(typeOf('', 'namespaces'), { metadata: { name: 'default' } });
  registry.create(typeOf('', 'nodes'), { metadata: { name: 'node1' } });
  const status = (value: object): void =>
    void registry.modify(pods, 'default', 'web', (pod) => ({ ...pod, status: value }), { subresource: 'status' });
  return {
    clock,
    store,
    registry,
    status,
    pod(shape = {}) {
      const { containers = ['web'], annotations = {}, state = { running: { startedAt } }, lastState } = shape;
      registry.create(
        pods,
        {
          metadata: { name: 'web', annotations },
          spec: {
            containers: containers.map((name) => ({ name, image: 'web:1' })),
            ...('nodeName' in shape
              ? shape.nodeName !== undefined && { nodeName: shape.nodeName }
              : { nodeName: 'node1' }),
          },
        },
        { namespace: 'default' },
      );
      status({
        phase: 'Running',
        containerStatuses: containers.map((name) => ({ name, ready: true, restartCount: 1, state, lastState })),
      });
    },
  };
}

interface Reading {
  readonly answer: Answer;
  readonly lines: () => readonly string[];
  readonly text: () => string;
  readonly ended: Promise<void>;
  readonly hangUp: () => void;
}

async function read(world: ApiWorld, query = '', accept?: () => Promise<void>): Promise<Reading> {
  const gone = new AbortController();
  const request: ApiRequest = {
    method: 'GET',
    path: '/api/v1/namespaces/default/pods/web/log',
    query: new URLSearchParams(query),
    headers: {},
    readBody: () => Promise.resolve(Buffer.alloc(0)),
    signal: gone.signal,
  };
  const answer = await serveLog(request, { type: pods, namespace: 'default', name: 'web' }, world);
  const chunks: Buffer[] = [];
  const sink = {
    write: async (chunk: string | Buffer) => {
      chunks.push(Buffer.from(chunk as string));
      await accept?.();
    },
    destroy: () => {},
  };
  const text = (): string => Buffer.concat(chunks).toString();
  return {
    answer,
    text,
    lines: () => text().split('\n').slice(0, -1),
    ended: answer.stream?.(sink) ?? Promise.resolve(),
    hangUp: () => gone.abort(),
  };
}

describe('a log', () => {
  it('has a line for every second since the container started, the same for everyone', async () => {
    const world = setUp();
    world.pod();
    const first = await read(world);
    await first.ended;
    expect(first.lines()).toHaveLength(61);
    expect(first.answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain' } });
    const second = await read(world);
    await second.ended;
    expect(second.text()).toBe(first.text());
    expect(new Set(first.lines()).size).toBe(61);
  });

  it.each([
    ['tailLines=3', 3],
    ['tailLines=0', 0],
    ['tailLines=500', 61],
    ['sinceSeconds=10', 11],
    ['sinceTime=2026-01-01T00:00:55Z', 6],
    ['sinceTime=2026-01-01T01:00:55%2B01:00', 6],
    ['sinceTime=2026-01-01T00:00:55Z&tailLines=2', 2],
    ['sinceSeconds=2&tailLines=10', 3],
  ])('is cut by %s to %d lines', async (query, count) => {
    const world = setUp();
    world.pod();
    const all = await read(world);
    const some = await read(world, query);
    await Promise.all([all.ended, some.ended]);
    expect(some.lines()).toEqual(count === 0 ? [] : all.lines().slice(-count));
  });

  it('is cut to bytes in the middle of a line', async () => {
    const world = setUp();
    world.pod({ annotations: { 'kmaint.test/log-text': 'größer\nlonger\n' } });
    const some = await read(world, 'limitBytes=10');
    await some.ended;
    expect(some.text()).toBe('größer\nl');
  });

  it('has timestamps of nine digits when asked for', async () => {
    const world = setUp();
    world.pod({ annotations: { 'kmaint.test/log-lines-per-second': '4' } });
    const some = await read(world, 'timestamps=true&tailLines=3');
    await some.ended;
    expect(some.lines().map((line) => line.split(' ')[0])).toEqual([
      '2026-01-01T00:00:59.500000000Z',
      '2026-01-01T00:00:59.750000000Z',
      '2026-01-01T00:01:00.000000000Z',
    ]);
  });

  it('loses its oldest lines', async () => {
    const world = setUp();
    world.pod({ annotations: { 'kmaint.test/log-lines-per-second': '1000' } });
    const all = await read(world);
    await all.ended;
    expect(all.lines()).toHaveLength(1000);
  });

  it('is that of the previous run, or of a finished one, when there was one', async () => {
    const world = setUp();
    world.pod({
      lastState: {
        terminated: { exitCode: 1, startedAt: '2025-12-31T23:59:50Z', finishedAt: '2025-12-31T23:59:54Z' },
      },
    });
    const previous = await read(world, 'previous=true&follow=true');
    await previous.ended;
    expect(previous.lines()).toHaveLength(5);
  });

  it('can be given, for all containers or for one', async () => {
    const world = setUp();
    world.pod({
      containers: ['a', 'b'],
      annotations: { 'kmaint.test/log-text': 'one\n\ntwo', 'kmaint.test/log-text.b': '' },
    });
    const a = await read(world, 'container=a');
    const b = await read(world, 'container=b');
    await Promise.all([a.ended, b.ended]);
    expect([a.text(), b.text()]).toEqual(['one\n\ntwo\n', '']);
  });
});

describe('a followed log', () => {
  it('goes on with each line as it is written', async () => {
    const world = setUp();
    world.pod();
    const reading = await read(world, 'follow=true&tailLines=0');
    await world.clock.advance(0);
    expect(reading.lines()).toHaveLength(0);
    await world.clock.advance(3000);
    expect(reading.lines()).toHaveLength(3);
    reading.hangUp();
    await reading.ended;
    expect(world.clock.waiting).toBe(0);
  });

  it.each<[string, (world: World) => void]>([
    ['the pod is gone', (world) => world.registry.delete(pods, 'default', 'web', { gracePeriodSeconds: 0 })],
    [
      'the container has ended',
      (world) =>
        world.status({
          phase: 'Succeeded',
          containerStatuses: [
            { name: 'web', state: { terminated: { exitCode: 0, startedAt, finishedAt: '2026-01-01T00:01:02Z' } } },
          ],
        }),
    ],
    [
      'the container runs anew',
      (world) =>
        world.status({
          phase: 'Running',
          containerStatuses: [{ name: 'web', state: { running: { startedAt: '2026-01-01T00:01:02Z' } } }],
        }),
    ],
  ])('ends when %s', async (_, end) => {
    const world = setUp();
    world.pod();
    const reading = await read(world, 'follow=true&tailLines=0');
    await world.clock.advance(2000);
    end(world);
    await world.clock.advance(0);
    await reading.ended;
    expect(reading.lines()).toHaveLength(2);
    expect(world.clock.waiting).toBe(0);
  });

  it('goes on while the pod is terminating', async () => {
    const world = setUp();
    world.pod();
    const reading = await read(world, 'follow=true&tailLines=0');
    await world.clock.advance(1000);
    world.registry.delete(pods, 'default', 'web');
    await world.clock.advance(2000);
    expect(reading.lines()).toHaveLength(3);
    reading.hangUp();
    await reading.ended;
  });

  it('says nothing but stays open where nothing is written', async () => {
    const world = setUp();
    world.pod({ annotations: { 'kmaint.test/log-lines-per-second': '0' } });
    const reading = await read(world, 'follow=true');
    await world.clock.advance(60_000);
    expect(reading.text()).toBe('');
    reading.hangUp();
    await reading.ended;
  });

  it('stops at its limit of bytes', async () => {
    const world = setUp();
    world.pod();
    const reading = await read(world, 'follow=true&tailLines=0&limitBytes=50');
    await world.clock.advance(10_000);
    await reading.ended;
    expect(Buffer.byteLength(reading.text())).toBe(50);
  });

  it('waits for a slow reader instead of piling up', async () => {
    const world = setUp();
    world.pod({ annotations: { 'kmaint.test/log-lines-per-second': '10000', 'kmaint.test/log-lines-kept': '100000' } });
    let release: () => void = () => {};
    let writes = 0;
    const reading = await read(world, '', async () => {
      writes += 1;
      await new Promise<void>((resolve) => (release = resolve));
    });
    await world.clock.advance(10_000);
    expect(writes).toBe(1);
    expect(reading.text().length).toBeLessThan(100_000);
    reading.hangUp();
    release();
    await world.clock.advance(0);
    release();
    await reading.ended;
  });
});

describe('a log that cannot be had', () => {
  it.each<[string, string, PodShape | undefined, number, string]>([
    ['no pod', '', undefined, 404, 'pods "web" not found'],
    ['no node', '', { nodeName: 'ghost' }, 404, 'pods "ghost" not found'],
    ['no such container', 'container=q', {}, 400, 'container q is not valid for pod web'],
    [
      'a choice of containers',
      '',
      { containers: ['a', 'b'] },
      400,
      'a container name must be specified for pod web, choose one of: [a b]',
    ],
    [
      'a container that is being created',
      '',
      { state: { waiting: { reason: 'ContainerCreating' } } },
      400,
      'container "web" in pod "web" is waiting to start: ContainerCreating',
    ],
    [
      'an image that cannot be had',
      '',
      { state: { waiting: { reason: 'ImagePullBackOff' } } },
      400,
      'container "web" in pod "web" is waiting to start: trying and failing to pull image',
    ],
    ['no previous run', 'previous=true', {}, 400, 'previous terminated container "web" in pod "web" not found'],
    [
      'a negative tail',
      'tailLines=-1',
      undefined,
      422,
      'PodLogOptions "web" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a limit of nothing',
      'limitBytes=0',
      undefined,
      422,
      'PodLogOptions "web" is invalid: limitBytes: Invalid value: 0: must be greater than 0',
    ],
    [
      'two beginnings',
      'sinceSeconds=1&sinceTime=2020-01-01T00:00:00Z',
      undefined,
      422,
      'PodLogOptions "web" is invalid: []: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
    ],
    [
      'a stream',
      'stream=All',
      undefined,
      422,
      'PodLogOptions "web" is invalid: stream: Forbidden: may not be specified',
    ],
    ['a tail that is no number', 'tailLines=x', undefined, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      'a time that is none',
      'sinceTime=foo',
      undefined,
      400,
      'parsing time "foo" as "2006-01-02T15:04:05Z07:00": cannot parse "foo" as "2006"',
    ],
  ])('for %s is a Status', async (_, query, shape, code, message) => {
    const world = setUp();
    if (shape) world.pod(shape);
    await expect(read(world, query)).rejects.toMatchObject({ code, message });
  });

  it('of a pod without a node is empty', async () => {
    const world = setUp();
    world.pod({ nodeName: undefined });
    expect((await read(world, 'follow=true')).answer).toEqual({ status: 204, text: '' });
  });
});
