import { getEventListeners } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import { sourceOf } from '../../../src/logs/local/container.ts';
import { createLocalLogs, type LocalLogs, type LocalSource } from '../../../src/logs/local/local-logs.ts';
import type { LocalFilter } from '../../../src/logs/local/select.ts';
import type { RunProgram } from '../../../src/process/run.ts';
import { FakeClock } from '../../support/clock.ts';
import { collector, lines, podFolder, podUid, put, records, temporaryRoot } from './node-folders.ts';

const { signal } = new AbortController();
const nothingTyped: LocalFilter = { query: undefined, pattern: undefined, namespaces: undefined, container: undefined };
const noProgram: RunProgram = async () => ({ kind: 'not-found' });

function logsAt(
  root: string,
  run = noProgram,
  source?: LocalSource,
): { readonly logs: LocalLogs; readonly notices: string[] } {
  const notices: string[] = [];
  const logs = createLocalLogs({ root, clock: realClock, run, env: {}, source, notice: (text) => notices.push(text) });
  return { logs, notices };
}

test('lists, and reads what was listed', async () => {
  const root = await temporaryRoot(onTestFinished);
  await put(root, `${podFolder}/web/0.log`, records(1, 5));
  await put(root, '/var/log/pods/odd', '');
  const { logs, notices } = logsAt(root);
  await logs.list(nothingTyped, signal);
  const [web, ...others] = await logs.list({ ...nothingTyped, query: 'web-1' }, signal);
  expect(others).toEqual([]);
  if (!web) throw new Error('nothing listed');
  expect(sourceOf(web, 'n1')).toEqual({
    context: undefined,
    namespace: 'default',
    pod: 'web-1',
    podUid,
    container: 'web',
    containerId: '',
    node: 'n1',
    labels: {},
    annotations: {},
  });
  const { sink, ...collected } = collector();
  let text = '';
  await logs.follow(web, { follow: false }, { ...sink, block: (block) => void (text += block.toString()) }, signal);
  expect(text).toBe(lines(1, 5));
  expect(collected.notices).toEqual([]);
  expect(notices).toEqual(['/var/log/pods/odd is not the folder of a pod (NAMESPACE_POD_UID): left out']);
});

test(
  'new pods and containers appear while watching, each once, and again when it was removed',
  { timeout: 20_000 },
  async () => {
    const root = await temporaryRoot(onTestFinished);
    await put(root, `${podFolder}/web/0.log`, '');
    const { logs } = logsAt(root);
    const controller = new AbortController();
    const filter = { ...nothingTyped, query: 'web-', pattern: (pod: string) => pod.startsWith('web-') };
    const watched = logs.watch(filter, controller.signal)[Symbol.asyncIterator]();
    const next = async (): Promise<string> => {
      const { value } = (await watched.next()) as { value: { pod: string; container: string } };
      return `${value.pod}/${value.container}`;
    };
    expect(await next()).toBe('web-1/web');
    await put(root, `${podFolder}/side/0.log`, '');
    expect(await next()).toBe('web-1/side');
    await put(root, '/var/log/pods/default_other_u/x/0.log', '');
    await put(root, '/var/log/pods/default_web-2_u/x/0.log', '');
    expect(await next()).toBe('web-2/x');
    await rm(join(root, podFolder), { recursive: true });
    await put(root, '/var/log/pods/default_web-3_u/x/0.log', '');
    expect(await next()).toBe('web-3/x');
    await put(root, `${podFolder}/web/0.log`, '');
    expect(await next()).toBe('web-1/web');
    controller.abort(new Error('stopped'));
    await expect(next()).rejects.toThrow('stopped');
  },
);

test('the folder of pods itself may come later', async () => {
  const root = await temporaryRoot(onTestFinished);
  await mkdir(join(root, 'var'));
  const controller = new AbortController();
  const watched = logsAt(root).logs.watch(nothingTyped, controller.signal)[Symbol.asyncIterator]();
  const first = watched.next();
  await put(root, `${podFolder}/web/0.log`, '');
  expect(await first).toMatchObject({ value: { pod: 'web-1' } });
  controller.abort();
});

test('a runtime of this machine is not asked about a node that is mounted elsewhere', async () => {
  const root = await temporaryRoot(onTestFinished);
  const run: RunProgram = async () => {
    throw new Error('asked');
  };
  expect(await logsAt(root, run).logs.list(nothingTyped, signal)).toEqual([]);
});

test('without files the runtime is asked', async () => {
  const stdout = await readFile(new URL('../../../fixtures/exec/crictl-ps.json', import.meta.url), 'utf8');
  const run: RunProgram = async () => ({ kind: 'exited', exitCode: 0, stdout, stderr: '' });
  const never = { ...nothingTyped, query: '6a7b8c9d' };
  // A node's own folders have no such container.
  expect((await logsAt('/', run).logs.list(never, signal)).map(({ container }) => container)).toEqual(['web']);
  const { logs, notices } = logsAt('/');
  expect(await logs.list(never, signal)).toEqual([]);
  expect(notices.at(-1)).toBe('nothing in /var/log/pods fits, and there is no crictl to ask the container runtime');
});

test('the runtime alone is asked where that is wanted, also for what comes later', async () => {
  const stdout = await readFile(new URL('../../../fixtures/exec/crictl-ps.json', import.meta.url), 'utf8');
  let asked = 0;
  const run: RunProgram = async () => {
    asked += 1;
    return { kind: 'exited', exitCode: 0, stdout: asked === 1 ? '{}' : stdout, stderr: '' };
  };
  const clock = new FakeClock();
  const logs = createLocalLogs({ root: '/', clock, run, env: {}, source: 'cri', notice: () => {} });
  expect(await logs.list(nothingTyped, signal)).toEqual([]);
  const controller = new AbortController();
  asked = 0;
  const watched = logs.watch({ ...nothingTyped, query: 'web-1' }, controller.signal)[Symbol.asyncIterator]();
  const first = watched.next();
  await expect.poll(() => clock.waiting).toBeGreaterThan(0);
  await clock.advance(4_000);
  expect(asked).toBe(1);
  await clock.advance(2_000);
  expect(await first).toMatchObject({ value: { place: { kind: 'runtime' } } });
  expect(asked).toBe(2);
  controller.abort(new Error('stopped'));
  await expect(watched.next()).rejects.toThrow('stopped');
  const none = logsAt('/', noProgram, 'cri');
  expect(await none.logs.list(nothingTyped, signal)).toEqual([]);
  expect(none.notices).toEqual(['there is no crictl to ask the container runtime']);
});

test('the folders alone are looked through where that is wanted', async () => {
  const run: RunProgram = () => expect.unreachable();
  const { logs } = logsAt('/', run, 'file');
  expect(await logs.list({ ...nothingTyped, query: 'no-such-container' }, signal)).toEqual([]);
});

/** Signals made by AbortSignal.any stay in a list of their source, where Node has them. */
function remembered(one: AbortSignal): number {
  const symbol = Object.getOwnPropertySymbols(one).find(({ description }) => description === 'kDependantSignals');
  const dependants = symbol && (one as unknown as Record<symbol, Set<unknown> | undefined>)[symbol];
  return getEventListeners(one, 'abort').length + (dependants?.size ?? 0);
}

test('a container that is over leaves nothing with the signal of all', async () => {
  const root = await temporaryRoot(onTestFinished);
  await put(root, `${podFolder}/web/0.log`, records(1, 3));
  const { logs } = logsAt(root);
  const long = new AbortController();
  const [web] = await logs.list(nothingTyped, long.signal);
  if (!web) throw new Error('there is no container');
  for (let n = 0; n < 200; n += 1) {
    const collected = collector();
    await logs.follow(web, { follow: false }, collected.sink, long.signal);
    expect(collected.text).toBe(lines(1, 3));
  }
  expect(remembered(long.signal)).toBe(0);
  const watched = logs.watch(nothingTyped, long.signal)[Symbol.asyncIterator]();
  await watched.next();
  expect(remembered(long.signal)).toBe(1);
  await watched.return?.();
  expect(remembered(long.signal)).toBe(0);
  // What the count would say otherwise.
  const kept = AbortSignal.any([long.signal]);
  expect([remembered(long.signal), kept.aborted]).toEqual([1, false]);
});

test('follows many containers under one signal', async () => {
  const root = await temporaryRoot(onTestFinished);
  for (let n = 0; n < 200; n += 1) await put(root, `${podFolder}/c${n}/0.log`, records(1, 3));
  const { logs } = logsAt(root);
  const controller = new AbortController();
  const all = await logs.list(nothingTyped, signal);
  expect(all).toHaveLength(200);
  const collected = all.map(() => collector());
  const ended = all.map((one, index) =>
    logs
      .follow(one, { follow: true }, collected[index]?.sink ?? collector().sink, controller.signal)
      .catch((error: unknown) => error),
  );
  await Promise.all(collected.map((one) => one.until((text) => text === lines(1, 3))));
  const startedMs = realClock.monotonic();
  controller.abort(new Error('stopped'));
  expect(await Promise.all(ended)).toEqual(all.map(() => expect.objectContaining({ message: 'stopped' }) as unknown));
  expect(realClock.monotonic() - startedMs).toBeLessThan(1000);
});
