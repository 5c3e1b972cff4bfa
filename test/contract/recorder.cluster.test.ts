/** The same random operations on a real API server and on the playground: no answer may differ. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { newestKubernetesVersion } from '../cluster/versions.mts';
import type { Api } from '../support/api.ts';
import { targets, type StillServer } from '../support/target.ts';
import { search } from './recorder-search.ts';

/**
 * `KMAINT_TEST_SEQUENCES=5000` looks longer; `KMAINT_TEST_SEED` repeats a run that found something;
 * `KMAINT_TEST_DIFFERENCES=50` collects more before it ends.
 */
const sequences = Number(process.env['KMAINT_TEST_SEQUENCES'] ?? '500');
// In CI always the same: what it says of a change must not depend on the day.
const anySeed = (process.env['CI'] ?? '') === '' ? Date.now() % 1_000_000 : 407_153;
const seed = Number(process.env['KMAINT_TEST_SEED'] ?? String(anySeed));

const most = Number(process.env['KMAINT_TEST_DIFFERENCES'] ?? '5');

let server: StillServer | undefined;
let playground: StillServer | undefined;

beforeAll(async () => {
  for (const target of targets()) {
    const still = await target.connectStill();
    if (target.name === 'server') server = still;
    else playground = still;
  }
});
afterAll(async () => {
  await Promise.all([server?.dispose(), playground?.dispose()]);
});

function onlyWithBoth(one: StillServer | undefined): Api {
  expect.assert(one !== undefined, 'KMAINT_TEST_TARGET leaves this side out');
  return one.api;
}

// A recorder that finds differences between a server and itself would prove nothing by finding some elsewhere.
test('two worlds of one server give the same answers', async () => {
  const api = onlyWithBoth(server);
  expect((await search(api, api, { sequences: Math.min(sequences, 100), seed })).join('\n\n')).toBe('');
});

test('a difference is found, and shortened to the one step that shows it', async () => {
  const api = onlyWithBoth(server);
  const lying: Api = {
    ...api,
    request: async (method, path, body, options) => {
      const answer = await api.request(method, path, body, options);
      return method === 'DELETE' && answer.status === 404 ? { ...answer, status: 410 } : answer;
    },
  };
  const [found = ''] = await search(api, lying, { sequences: 200, seed, most: 1 });
  expect(found).toMatch(/^1\. DELETE .*\nanswer to: DELETE .*\n {2}\.status: 404 \| 410\n/);
});

// The playground imitates the newest server; older ones say some things differently.
test.runIf(inject('kubernetesVersion') === `v${newestKubernetesVersion}`)(
  `${String(sequences)} sequences (seed ${String(seed)}) get the same answers from the playground`,
  { timeout: 300_000 },
  async () => {
    const found = await search(onlyWithBoth(server), onlyWithBoth(playground), { sequences, seed, most });
    expect(found.join('\n\n')).toBe('');
  },
);
