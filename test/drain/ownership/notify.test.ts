import { describe, expect, it } from 'vitest';
import type { OwnershipOptions } from '../../../src/drain/options.ts';
import type { Post } from '../../../src/drain/ownership/http-post.ts';
import { createNotifier, withFinalNotice, type Notifier } from '../../../src/drain/ownership/notify.ts';
import { ClusterError, InterruptedError } from '../../../src/errors.ts';
import type { RunOptions, RunOutcome } from '../../../src/process/run.ts';
import { aWorld, finish, type TestWorld } from './hold-world.ts';

const url = 'https://user:pw@hooks.test/services/T0/s3cret?key=s3cret';
const ok: RunOutcome = { kind: 'exited', exitCode: 0, stdout: '', stderr: '' };

interface Setup {
  readonly world: TestWorld;
  readonly notifier: Notifier;
  readonly runs: RunOptions[];
  readonly posts: { readonly url: string; readonly body: string; readonly atMs: number }[];
}

function aNotifier(
  ownership: Partial<OwnershipOptions>,
  answers: { run?: (options: RunOptions) => Promise<RunOutcome>; post?: Post } = {},
): Setup {
  const world = aWorld([]);
  const runs: RunOptions[] = [];
  const posts: Setup['posts'] = [];
  const notifier = createNotifier(
    {
      clock: world.clock,
      report: world.report,
      env: { PATH: '/bin' },
      cwd: '/work',
      run: async (options) => {
        runs.push(options);
        return answers.run ? answers.run(options) : ok;
      },
      post: async (to, body, options) => {
        posts.push({ url: to, body, atMs: world.clock.now() });
        return answers.post ? answers.post(to, body, options) : 200;
      },
    },
    {
      ownership: {
        notifyExec: undefined,
        notifyUrl: undefined,
        reason: 'new disk',
        ticket: undefined,
        ...ownership,
      },
      runId: 'r1',
      verb: 'drain',
      identity: world.cluster.identity,
      holder: 'ann@desk',
    },
  );
  return { world, notifier, runs, posts };
}

const hang =
  <T>() =>
  (options: { readonly signal: AbortSignal }): Promise<T> =>
    new Promise((_, reject) => {
      const { signal } = options;
      if (signal.aborted) reject(signal.reason as Error);
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
const said = (text: string): unknown => JSON.parse(text);
const stdin = (options: RunOptions | undefined): string =>
  options && typeof options.stdin === 'object' ? options.stdin.text : '';

describe('a notice', () => {
  it('goes to the program on its stdin, and to the URL', async () => {
    const { world, notifier, runs, posts } = aNotifier({ notifyExec: './tell', notifyUrl: url });
    await finish(world.clock, notifier.started(['node1', 'node2'], world.signal));
    expect(runs[0]).toMatchObject({ file: './tell', args: [], env: { PATH: '/bin' }, cwd: '/work', timeoutMs: 30_000 });
    const notice = {
      event: 'started',
      runId: 'r1',
      verb: 'drain',
      cluster: { context: 'test', server: 'https://127.0.0.1:6443', user: 'admin' },
      nodes: ['node1', 'node2'],
      reason: 'new disk',
      holder: 'ann@desk',
      time: '2026-01-01T00:00:00.000Z',
    };
    expect(said(stdin(runs[0]))).toEqual(notice);
    expect(said(posts[0]?.body ?? '')).toEqual(notice);
    expect(posts[0]?.url).toBe(url);

    await finish(world.clock, notifier.finished({ outcome: 'incomplete', exitCode: 1, message: '2 pods left' }));
    const final = { event: 'failed', nodes: ['node1', 'node2'], outcome: 'incomplete', exitCode: 1 };
    expect(said(stdin(runs[1]))).toMatchObject({ ...final, message: '2 pods left' });
    expect(world.all('warning')).toEqual([]);
    expect(world.clock.waiting).toBe(0);
  });

  it('is none when nobody is to be told', async () => {
    const { world, notifier, runs, posts } = aNotifier({});
    await finish(world.clock, notifier.started(['node1'], world.signal));
    await finish(world.clock, notifier.finished({ outcome: 'done', exitCode: 0 }));
    expect([runs, posts]).toEqual([[], []]);
  });

  it.each<[RunOutcome, string]>([
    [{ kind: 'exited', exitCode: 3, stdout: '', stderr: 'one\nno such room\n' }, 'it ended with 3: no such room'],
    [{ kind: 'killed', signalName: 'SIGSEGV', stdout: '', stderr: '' }, 'it was ended by SIGSEGV'],
    [{ kind: 'timed-out', stdout: '', stderr: '' }, 'it was not done within 30 s'],
    [{ kind: 'not-found' }, 'there is no such program'],
    [{ kind: 'not-started', why: 'EACCES' }, 'EACCES'],
  ])('that a program did not take is a warning (%j)', async (outcome, why) => {
    const { world, notifier } = aNotifier({ notifyExec: './tell' }, { run: async () => outcome });
    await finish(world.clock, notifier.started(['node1'], world.signal));
    expect(world.only('warning').message).toBe(`--notify-exec ./tell was not told: ${why}`);
  });

  it('is repeated while the URL is busy or out of reach, three times in all', async () => {
    const answers = [503, new Error('ECONNREFUSED'), 200];
    const { world, notifier, posts } = aNotifier(
      { notifyUrl: url },
      {
        post: async () => {
          const answer = answers.shift();
          if (answer instanceof Error) throw answer;
          return answer ?? 500;
        },
      },
    );
    await finish(world.clock, notifier.started(['node1'], world.signal));
    expect(posts).toHaveLength(3);
    expect(world.all('warning')).toEqual([]);
    await finish(world.clock, notifier.finished({ outcome: 'done', exitCode: 0 }));
    expect(posts).toHaveLength(6);
    expect(world.only('warning').message).toBe('--notify-url https://hooks.test was not told: it answered 500');
  });

  it.each([302, 404])('is not repeated after %d', async (status) => {
    const { world, notifier, posts } = aNotifier({ notifyUrl: url }, { post: async () => status });
    await finish(world.clock, notifier.started(['node1'], world.signal));
    expect(posts).toHaveLength(1);
    expect(world.only('warning').message).toContain(`it answered ${status}`);
  });

  it('takes half a minute at most, and shows no secret', async () => {
    const { world, notifier, posts } = aNotifier(
      { notifyUrl: url },
      { post: (_, __, options) => hang<number>()(options) },
    );
    const startMs = world.clock.now();
    await finish(world.clock, notifier.started(['node1'], world.signal));
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(30_100);
    expect(posts.length).toBeGreaterThan(1);
    expect(JSON.stringify(world.events)).not.toMatch(/s3cret|pw/);
    expect(world.only('warning').message).toContain('no answer within');
    expect(world.clock.waiting).toBe(0);
  });
});

describe('the final notice', () => {
  it('is sent once, however often the end is told', async () => {
    const { world, notifier, posts } = aNotifier({ notifyUrl: url });
    const first = notifier.finished({ outcome: 'done', exitCode: 0 });
    expect(notifier.finished({ outcome: 'failed', exitCode: 4 })).toBe(first);
    await finish(world.clock, first);
    expect(posts).toHaveLength(1);
    expect(said(posts[0]?.body ?? '')).toMatchObject({ event: 'finished', outcome: 'done', exitCode: 0 });
  });

  it.each<[string, (world: TestWorld) => Promise<number>, object]>([
    ['done', async () => 0, { event: 'finished', outcome: 'done', exitCode: 0 }],
    ['incomplete', async () => 1, { event: 'failed', outcome: 'incomplete', exitCode: 1 }],
    [
      'without the API server',
      async () => {
        throw new ClusterError('connection refused', { code: 'cluster.unreachable' });
      },
      { event: 'failed', outcome: 'failed', exitCode: 4, message: 'connection refused' },
    ],
    [
      'interrupted',
      async (world) => {
        world.interrupt(new InterruptedError('SIGINT'));
        world.signal.throwIfAborted();
        return 0;
      },
      { event: 'failed', outcome: 'interrupted', exitCode: 130, message: 'interrupted by SIGINT' },
    ],
    [
      'by a bug',
      async () => {
        throw new TypeError('x is not a function');
      },
      { event: 'failed', exitCode: 70, message: 'kmaint ran into a bug of its own' },
    ],
  ])('tells an end that is %s, exactly once', async (_, work, notice) => {
    const { world, notifier, posts } = aNotifier({ notifyUrl: url });
    await finish(world.clock, notifier.started(['node1'], world.signal));
    const end = withFinalNotice(notifier, world.signal, () => work(world));
    const settled = await finish(
      world.clock,
      end.then(
        (exitCode) => ({ exitCode }),
        (error: unknown) => ({ error }),
      ),
    );
    expect('error' in settled).toBe('message' in notice);
    expect(posts).toHaveLength(2);
    expect(said(posts[1]?.body ?? '')).toMatchObject({ ...notice, nodes: ['node1'] });
  });

  it('is still sent when the first was interrupted', async () => {
    let started = false;
    const { world, notifier, runs } = aNotifier(
      { notifyExec: './tell' },
      {
        run: (options) => {
          if (started) return Promise.resolve(ok);
          started = true;
          return hang<RunOutcome>()(options);
        },
      },
    );
    const end = withFinalNotice(notifier, world.signal, async () => {
      await notifier.started(['node1'], world.signal);
      return 0;
    });
    await world.clock.advance(1000);
    world.interrupt(new InterruptedError('SIGTERM'));
    await expect(finish(world.clock, end)).rejects.toThrow('interrupted by SIGTERM');
    expect(runs).toHaveLength(2);
    expect(said(stdin(runs[1]))).toMatchObject({ event: 'failed', outcome: 'interrupted', exitCode: 143 });
    expect(world.all('warning')).toEqual([]);
  });

  it('that fails changes nothing', async () => {
    const { world, notifier } = aNotifier({ notifyExec: './tell' }, { run: () => Promise.reject(new Error('EAGAIN')) });
    expect(
      await finish(
        world.clock,
        withFinalNotice(notifier, world.signal, async () => 0),
      ),
    ).toBe(0);
    expect(world.only('warning').message).toContain('EAGAIN');
  });
});
