/** Faults by name: which requests they strike, and that a seed strikes the same again. */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/playground/api/faults.ts';
import type { ApiRequest } from '../../src/playground/api/handler.ts';
import { startChaos, type ChaosName } from '../../src/playground/chaos.ts';
import { typeOf } from '../../src/playground/resources.ts';
import { createStore } from '../../src/playground/store.ts';
import { FakeClock } from '../support/clock.ts';

const pods = typeOf('', 'pods');

function request(method: string, target: string): ApiRequest {
  const { pathname, searchParams } = new URL(target, 'https://x');
  return {
    method,
    path: pathname,
    query: searchParams,
    headers: {},
    readBody: () => Promise.resolve(Buffer.alloc(0)),
    signal: new AbortController().signal,
  };
}

const get = request('GET', '/api/v1/pods?limit=500');
const evict = request('POST', '/api/v1/namespaces/a/pods/b/eviction');
const watch = request('GET', '/api/v1/pods?watch=true&resourceVersion=7');
const log = request('GET', '/api/v1/namespaces/a/pods/b/log?follow=true');

function chaos(names: readonly ChaosName[], seed = 1) {
  const store = createStore();
  store.put(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '', creationTimestamp: '' },
  });
  const clock = new FakeClock();
  const controller = new AbortController();
  return { hook: startChaos(names, { seed, store, clock, signal: controller.signal }), store, clock, controller };
}

/** What comes of a thousand such requests. */
function struck(names: readonly ChaosName[], of: ApiRequest, seed = 1): readonly (Fault | undefined)[] {
  const { hook } = chaos(names, seed);
  return Array.from({ length: 1000 }, () => hook(of));
}

const kindsOf = (faults: readonly (Fault | undefined)[]): readonly string[] =>
  [...new Set(faults.map((fault) => fault?.kind ?? 'none'))].sort();
const countOf = (faults: readonly (Fault | undefined)[]): number => faults.filter(Boolean).length;

describe('errors', () => {
  it('answer about one request in ten with 429, 500 or 503, as the API server words them', () => {
    const faults = struck(['errors'], evict);
    expect(countOf(faults)).toBeGreaterThan(60);
    expect(countOf(faults)).toBeLessThan(140);
    const answers = faults.flatMap((fault) => (fault?.kind === 'answer' ? [fault.answer] : []));
    expect([...new Set(answers.map(({ status }) => status))].sort((a, b) => a - b)).toEqual([429, 500, 503]);
    expect(answers.find(({ status }) => status === 429)).toMatchObject({ headers: { 'retry-after': '1' } });
    expect(answers.find(({ status }) => status === 503)).toMatchObject({
      json: { kind: 'Status', reason: 'ServiceUnavailable', code: 503 },
    });
  });
});

describe('slow, resets and half-open', () => {
  it.each<[ChaosName, ApiRequest, readonly string[]]>([
    ['slow', get, ['delay', 'none']],
    ['resets', evict, ['cut', 'lose', 'none', 'refuse']],
    ['half-open', evict, ['lose', 'none', 'refuse']],
  ])('%s strike some requests and not others', (name, of, kinds) => {
    const faults = struck([name], of);
    expect(kindsOf(faults)).toEqual(kinds);
    for (const fault of faults) {
      if (fault && 'ending' in fault) expect(fault.ending).toBe(name === 'resets' ? 'reset' : 'half-open');
      if (fault?.kind === 'delay') expect(fault.delayMs).toBeLessThan(2000);
    }
  });
});

describe('watches and logs', () => {
  it('strike every watch, and nothing else', () => {
    const faults = struck(['watches'], watch);
    expect(kindsOf(faults)).toEqual(['answer', 'cut']);
    const endings = faults.flatMap((fault) => (fault?.kind === 'cut' ? [fault.ending] : []));
    expect([...new Set(endings)].sort()).toEqual(['end', 'half-open', 'reset']);
    const stale = faults.find((fault) => fault?.kind === 'answer');
    expect(stale?.kind === 'answer' && JSON.parse(stale.answer.text ?? '')).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired' },
    });
    for (const other of [get, evict, log]) expect(countOf(struck(['watches'], other))).toBe(0);
  });

  it('say 410 only to watches that go on from a revision', () => {
    expect(kindsOf(struck(['watches'], request('GET', '/api/v1/pods?watch=1')))).toEqual(['cut']);
  });

  it('end followed logs early, and no others', () => {
    const [fault] = struck(['logs'], log);
    expect(fault).toMatchObject({ kind: 'cut', ending: 'end' });
    for (const other of [get, watch, request('GET', '/api/v1/namespaces/a/pods/b/log')]) {
      expect(countOf(struck(['logs'], other))).toBe(0);
    }
  });
});

describe('restarts', () => {
  it('break streams, refuse everything for a second, and lose the watch cache', async () => {
    const { hook, store, clock, controller } = chaos(['restarts']);
    expect(hook(get)).toBeUndefined();
    const cut = hook(watch);
    expect(cut).toMatchObject({ kind: 'cut', ending: 'reset' });
    const upForMs = cut?.kind === 'cut' ? (cut.afterMs ?? 0) : 0;
    expect(upForMs).toBeGreaterThan(44_000);
    expect(store.since(pods, 0)).toHaveLength(1);

    await clock.advance(upForMs);
    expect(store.since(pods, 0)).toBeUndefined();
    for (const one of [get, evict, watch, log]) expect(hook(one)).toEqual({ kind: 'refuse', ending: 'reset' });
    await clock.advance(1000);
    expect(hook(get)).toBeUndefined();
    const next = hook(log);
    expect(next).toMatchObject({ kind: 'cut', ending: 'reset' });
    await clock.advance(next?.kind === 'cut' ? (next.afterMs ?? 0) : 0);
    expect(hook(get)).toEqual({ kind: 'refuse', ending: 'reset' });
    controller.abort();
    expect(clock.waiting).toBe(0);
  });
});

describe('a seed', () => {
  it('strikes the same again, whichever other names there are', () => {
    const once = struck(['resets'], evict, 7);
    expect(struck(['resets'], evict, 7)).toEqual(once);
    expect(struck(['resets'], evict, 8)).not.toEqual(once);
    // Watches do not strike an eviction, so what is left are the resets.
    expect(struck(['watches', 'resets'], evict, 7)).toEqual(once);
  });
});
