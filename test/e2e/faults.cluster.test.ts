/** Drains through a door that sometimes gives a recorded bad answer, cuts the line or forgets. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Api } from '../support/api.ts';
import { kmaint, type Ended } from '../support/kmaint.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { targets, type Connected } from '../support/target.ts';
import { json, reset, startServer, text, type Answerer, type Received, type ReplayServer } from '../support/server.ts';

let api: Api;
let folder: string;

interface Recording {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** An answer of the real server, from fixtures/api. */
function recorded(name: string): Answerer {
  const file = new URL(`../../fixtures/api/${name}.json`, import.meta.url);
  const { status, headers, body } = JSON.parse(readFileSync(file, 'utf8')) as Recording;
  // A watch: one event a line.
  if (Array.isArray(body)) return text(status, body.map((event) => `${JSON.stringify(event)}\n`).join(''), headers);
  return json(status, body, headers);
}

/** Asks the real server, and passes on what it says as it comes. */
const passOn: Answerer = async (response, request) => {
  // Uncompressed, so that a test may read along.
  const headers = { ...request.headers, 'accept-encoding': 'identity' };
  const answer = await api.stream(request.method, request.url, headers, request.body);
  response.writeHead(answer.statusCode ?? 0, answer.headers);
  answer.on('error', () => response.destroy());
  response.on('close', () => answer.destroy());
  answer.pipe(response);
};

/** The real server decides and acts, but nobody hears of it. */
const loseTheAnswer: Answerer = async (response, request) => {
  const answer = await api.stream(request.method, request.url, request.headers, request.body);
  answer.resume();
  await new Promise((resolve) => answer.once('end', resolve));
  await reset(response, request);
};

interface Meddling {
  readonly server: ReplayServer;
  /** Drains the scenario's first node through the door. */
  drain(...words: string[]): Promise<Ended>;
  /** How many requests matched. */
  count(method: string, url: RegExp): number;
}

/** Each fault replaces the answer to the next request that it matches. */
async function through(
  s: Scenario,
  ...faults: readonly { readonly on: readonly [method: string, url: RegExp]; readonly give: Answerer }[]
): Promise<Meddling> {
  const server = await startServer();
  const open = [...faults];
  const matches = ([method, url]: readonly [string, RegExp], request: Received): boolean =>
    request.method === method && url.test(request.url);
  server.otherwise((response: ServerResponse, request: Received) => {
    const index = open.findIndex(({ on }) => matches(on, request));
    const [fault] = index < 0 ? [] : open.splice(index, 1);
    return (fault?.give ?? passOn)(response, request);
  });
  onTestFinished(async () => {
    await server.close();
    expect(open, 'faults that nothing ran into').toEqual([]);
  });
  const kubeconfig = join(folder, `${s.id}.kubeconfig`);
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'door', cluster: { server: server.url } }],
      contexts: [{ name: 'door', context: { cluster: 'door' } }],
      'current-context': 'door',
    }),
  );
  return {
    server,
    drain: (...words) => kmaint(['drain', s.nodeNames[0] ?? '', ...words], { kubeconfig }),
    count: (method, url) => server.requests.filter((request) => matches([method, url], request)).length,
  };
}

async function scenario(pods = 2): Promise<Scenario> {
  const s = await createScenario(api, { nodes: 1, prefix: 'faults' });
  onTestFinished(() => s.dispose());
  await s.deployment('web', pods);
  await s.waitReady();
  return s;
}

const evictions: readonly [string, RegExp] = ['POST', /\/eviction/];
const watches: readonly [string, RegExp] = ['GET', /[?&]watch=/];
const lists: readonly [string, RegExp] = ['GET', /\/pods\?(?!.*watch=)/];
const nodePatch: readonly [string, RegExp] = ['PATCH', /\/nodes\//];

async function drained(s: Scenario, door: Meddling, ended: Ended): Promise<void> {
  expect(ended.code, ended.stderr).toBe(0);
  // The replacements wait for a node that takes them; nothing that was there is left.
  expect(await s.pods(s.nodeNames[0])).toEqual([]);
  expect(door.count('PUT', /./)).toBe(0);
}

describe.each(targets())('before the $name', (target) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await target.connect();
    ({ api } = connected);
    folder = mkdtempSync(join(tmpdir(), 'kmaint-faults-'));
  });
  afterAll(async () => {
    await connected?.dispose();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  describe('an eviction that is answered', () => {
    it.each([
      ['by a webhook that cannot be reached', recorded('eviction-500-webhook-unreachable')],
      ['by a budget that is still being computed', recorded('eviction-429-still-being-processed')],
      ['by a proxy that has no server', text(503, '<html>no healthy upstream</html>')],
      ['by a reset', reset],
    ])('%s, is asked again and goes through', async (_what, give) => {
      const s = await scenario();
      const door = await through(s, { on: evictions, give });
      await drained(s, door, await door.drain());
      expect(door.count(...evictions)).toBe(3);
    });

    it('by a server that is busy, in plain words, is asked again and goes through; no budget gets the blame', async () => {
      const s = await scenario();
      const busy = text(429, 'Too many requests, please try again later.', { 'retry-after': '1' });
      const door = await through(s, { on: evictions, give: busy });
      const ended = await door.drain();
      await drained(s, door, ended);
      expect(ended.stderr).toContain('blocked: the API server is busy');
      expect(ended.stderr).not.toContain('blocked: budget');
      expect(door.count(...evictions)).toBe(3);
    });

    it('by a full budget names it, and comes back after 5 s', async () => {
      const s = await scenario();
      const door = await through(s, { on: evictions, give: recorded('eviction-429-budget-exhausted') });
      const ended = await door.drain();
      await drained(s, door, ended);
      expect(ended.stderr).toMatch(/blocked: budget \S+ needs 2 healthy pods and has 2/);
      expect(ended.durationMs).toBeGreaterThan(5000);
    });

    it('by "not found" after all is done', async () => {
      const s = await scenario(1);
      const [pod] = await s.pods();
      const door = await through(s, {
        on: evictions,
        give: async (response, request) => {
          await api.delete(`/api/v1/namespaces/${s.namespace}/pods/${pod?.metadata.name}`, { gracePeriodSeconds: 0 });
          await recorded('eviction-404-no-pod')(response, request);
        },
      });
      await drained(s, door, await door.drain());
    });

    it('but lost on its way back is not sent twice: the pod is seen terminating', async () => {
      const s = await scenario(1);
      const door = await through(s, { on: evictions, give: loseTheAnswer });
      await drained(s, door, await door.drain());
      expect(door.count(...evictions)).toBe(1);
    });

    it('with "forbidden" fails that pod, not the others', async () => {
      const s = await scenario();
      const door = await through(s, { on: evictions, give: recorded('eviction-403-rbac') });
      const ended = await door.drain();
      expect(ended.code, ended.stderr).toBe(1);
      expect(ended.stderr).toContain('pods/eviction');
      expect(await s.pods(s.nodeNames[0])).toHaveLength(1);
    });

    it('with "two budgets" is not tried again and again', async () => {
      const s = await scenario(1);
      const door = await through(s, { on: evictions, give: recorded('eviction-500-two-budgets') });
      const ended = await door.drain();
      expect(ended.code, ended.stderr).toBe(1);
      expect(ended.stderr).toContain('more than one PodDisruptionBudget');
      expect(door.count(...evictions)).toBe(1);
    });
  });

  describe('everything else that is answered badly', () => {
    it('a list by a server that lost its leader, a patch by one that is starting', async () => {
      const s = await scenario();
      const leader = json(500, { kind: 'Status', status: 'Failure', message: 'etcdserver: leader changed', code: 500 });
      const door = await through(
        s,
        { on: lists, give: leader },
        { on: nodePatch, give: text(503, 'starting', { 'retry-after': '1' }) },
      );
      await drained(s, door, await door.drain());
      // Taken at the second try, and given back.
      expect(door.count(...nodePatch)).toBe(3);
    });

    it('a watch that is cut, and one whose version has expired', async () => {
      const s = await scenario();
      const door = await through(
        s,
        { on: watches, give: recorded('pod-watch-410-expired') },
        { on: watches, give: reset },
      );
      await drained(s, door, await door.drain());
      expect(door.count(...watches)).toBeGreaterThanOrEqual(3);
    });
  });
});
