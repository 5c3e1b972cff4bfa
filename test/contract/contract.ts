/** Holds one set of tests against every target, each time in a scenario of its own. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { waitFor, type Api, type ApiAnswer, type Json, type RequestOptions } from '../support/api.ts';
import type { Scenario, ScenarioOptions } from '../support/scenario.ts';
import { targets, type TargetName } from '../support/target.ts';

/** Where a test stands. The getters answer inside tests and hooks only. */
export interface Ground {
  readonly target: TargetName;
  readonly api: Api;
  readonly scenario: Scenario;
  /** The server's minor version: 36, or 30. */
  readonly minor: number;
  /** `/api/v1/namespaces/NAMESPACE/…` of the scenario. */
  core(path: string): string;
  apps(path: string): string;
  batch(path: string): string;
  policy(path: string): string;
  get(path: string): Promise<ApiAnswer>;
  post(path: string, body: unknown): Promise<ApiAnswer>;
  put(path: string, body: unknown): Promise<ApiAnswer>;
  delete(path: string, body?: unknown): Promise<ApiAnswer>;
  patch(kind: PatchKind, path: string, body: unknown): Promise<ApiAnswer>;
  /** A ConfigMap in the scenario's namespace. */
  configMap(name: string, more?: Readonly<Record<string, Json>>): Promise<ApiAnswer>;
}

export type PatchKind = 'merge' | 'strategic' | 'json' | 'apply';

const patchTypes: Readonly<Record<PatchKind, string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** `define` is called once per target and writes the tests. */
export function contract(options: ScenarioOptions, define: (at: Ground) => void): void {
  describe.each(targets())('$name', (target) => {
    let up: { readonly api: Api; readonly scenario: Scenario; readonly minor: number; end(): Promise<void> };

    beforeAll(async () => {
      const connected = await target.connect();
      const { minor } = await connected.api.get<{ minor: string }>('/version');
      const scenario = await connected.scenario(options);
      up = {
        api: connected.api,
        scenario,
        minor: Number.parseInt(minor, 10),
        async end() {
          await scenario.dispose();
          await connected.dispose();
        },
      };
    });
    // Undefined when the target did not start: one failure is enough.
    afterAll(() => (up as typeof up | undefined)?.end());

    const below = (root: string) => (path: string) => `${root}/namespaces/${up.scenario.namespace}/${path}`;
    const send = (method: string, path: string, body?: unknown, more?: RequestOptions): Promise<ApiAnswer> =>
      up.api.request(method, path, body, more);
    const core = below('/api/v1');
    define({
      target: target.name,
      get api() {
        return up.api;
      },
      get scenario() {
        return up.scenario;
      },
      get minor() {
        return up.minor;
      },
      core,
      apps: below('/apis/apps/v1'),
      batch: below('/apis/batch/v1'),
      policy: below('/apis/policy/v1'),
      get: (path) => send('GET', path),
      post: (path, body) => send('POST', path, body),
      put: (path, body) => send('PUT', path, body),
      delete: (path, body) => send('DELETE', path, body),
      patch: (kind, path, body) => send('PATCH', path, body, { contentType: patchTypes[kind] }),
      configMap: (name, { metadata, ...more } = {}) =>
        send('POST', core('configmaps'), {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, ...(metadata as object) },
          ...more,
        }),
    });
  });
}

/** A refusal as far as it is asserted. */
export interface Refusal {
  readonly code: number;
  readonly reason: string | undefined;
  readonly message: string;
  readonly details: unknown;
}

/** The Status of a refusal, after checking that it is a whole one. */
export function refusal({ status, headers, body: answered }: ApiAnswer): Refusal {
  // The test's client takes whatever answers a watch for events.
  const body: unknown = Array.isArray(answered) && answered.length === 1 ? answered[0] : answered;
  expect(body).toMatchObject({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: status });
  expect(headers['content-type']).toBe('application/json');
  const { reason, message, details } = body as { reason?: string; message: string; details?: unknown };
  return { code: status, reason, message, details };
}

/** The body of an answer with this code; the whole answer is shown when the code is another. */
// The caller says what it expects: nothing here could know.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function bodyOf<T>(answer: ApiAnswer, code = 200): T {
  if (answer.status !== code) expect(answer).toMatchObject({ status: code });
  return answer.body as T;
}

/** Waits until the object at this path passes `check`. */
export function until<T>(at: Ground, path: string, what: string, check: (object: T) => boolean): Promise<T> {
  let last: T | undefined;
  return waitFor(
    what,
    async () => {
      last = await at.api.find<T>(path);
      return last !== undefined && check(last) ? last : undefined;
    },
    { describe: async () => JSON.stringify(last) },
  );
}

/** Waits until nothing is at this path. */
export async function untilGone(at: Ground, path: string): Promise<void> {
  await waitFor(`${path} to be gone`, async () => ((await at.get(path)).status === 404 ? true : undefined));
}
