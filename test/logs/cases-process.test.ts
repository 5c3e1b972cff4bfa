/** The built program beside others in a pipe; numbers are those of the list of cases that logs has to master. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lineAt, LogApi } from '../support/log-api.ts';
import { run } from '../support/kmaint.ts';
import { until } from '../support/log-run.ts';

const door = resolve(import.meta.dirname, '../../bin/kmaint.js');
const node = process.env['KMAINT_TEST_NODE'] ?? process.execPath;
let api: LogApi;
let folder: string;

beforeEach(async () => {
  api = new LogApi();
  await api.start();
  folder = await mkdtemp(join(tmpdir(), 'kmaint-cases-'));
  await writeFile(
    join(folder, 'kubeconfig'),
    `apiVersion: v1
kind: Config
current-context: one
clusters: [{ name: one, cluster: { server: '${api.url}' } }]
users: [{ name: one, user: { token: one } }]
contexts: [{ name: one, context: { cluster: one, user: one, namespace: default } }]
`,
  );
});

afterEach(async () => {
  await api.stop();
  await rm(folder, { recursive: true, force: true });
});

it('case 63: a reader that leaves after the first line ends it with 0, without a word, and closes all', async () => {
  const open = new Set<ServerResponse>();
  for (const name of ['web-1', 'web-2', 'web-3']) {
    api.put({ name, containers: { app: { state: 'running', id: name } } });
  }
  api.onLog = (_, response) => {
    open.add(response);
    const writing = setInterval(() => response.write(lineAt(open.size, 'and so on')), 20);
    response.on('close', () => {
      clearInterval(writing);
      open.delete(response);
    });
    response.writeHead(200);
    response.write(lineAt(0, 'first'));
  };
  const words = `"$1" "$2" logs web --only-log-lines --color never | head -1; echo "kmaint: \${PIPESTATUS[0]}"`;
  const ended = await run('bash', ['-c', words, 'bash', node, door], { kubeconfig: join(folder, 'kubeconfig') });
  expect(ended.stdout).toMatch(/^web-\d app first\nkmaint: 0\n$/);
  // The server of this test has no TLS, which is told of.
  expect(ended.stderr.replace(/^warning: http:.*\n/, '')).toBe('');
  await until('all connections to be closed', () => open.size === 0 && api.connections === 0);
});
