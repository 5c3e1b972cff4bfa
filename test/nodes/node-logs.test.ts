/** The log of a real kubelet, as it serves it to node-logs: there is no systemd on these nodes, and it writes to a file. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { openLogCluster, type LogCluster } from '../../src/cluster/log-cluster.ts';
import { loadConnection } from '../../src/cluster/kubeconfig/load.ts';
import { InterruptedError } from '../../src/errors.ts';
import type { NodeLogsOptions } from '../../src/logs/node/options.ts';
import { programRunner } from '../../src/process/run.ts';
import { pathOnHost } from '../cluster/nodes-tier/enter.ts';
import { options, startNodeLogs, type Written } from '../logs/node/start.ts';
import { waitFor } from '../support/api.ts';
import { appSpec, startRealCluster, type RealCluster } from './real-cluster.ts';

let cluster: RealCluster;
const stop = new AbortController();

async function open(): Promise<LogCluster> {
  const flags = { kubeconfig: cluster.kubeconfig };
  const connection = await loadConnection(flags, {
    env: {},
    homeDirectory: '/nowhere',
    workingDirectory: '/',
    clock: realClock,
    runProgram: programRunner(realClock),
    signal: stop.signal,
    stdinIsTerminal: false,
    warn: () => {},
  });
  return openLogCluster(connection, { clock: realClock, userAgent: 'kmaint/test', warn: () => {} });
}

const start = (changes: Partial<NodeLogsOptions>): Written =>
  startNodeLogs(options({ nodes: ['node1'], ...changes }), { clock: realClock, signal: stop.signal, open });

const written = (): string => readFileSync(pathOnHost(cluster.worker, '/var/log/kubelet.log'), 'utf8');

describe.skipIf(inject('nodesLeftOut') !== '')('the log of a real kubelet', () => {
  beforeAll(async () => {
    cluster = await startRealCluster();
  });
  afterAll(async () => {
    await cluster?.dispose();
  });

  it('is read whole, as a unit and as a file', async () => {
    for (const run of [start({}), start({ file: 'kubelet.log', units: [] })]) {
      expect(await run.ended, run.stderr).toBe(0);
      expect(run.stdout.length).toBeGreaterThan(1000);
      expect(written().startsWith(run.stdout)).toBe(true);
    }
  });

  it.each<[string, Partial<NodeLogsOptions>, string]>([
    ['no such unit', { units: ['nope'] }, 'node-logs.no-log'],
    ['no such file', { units: [], file: 'nope.log' }, 'node-logs.no-file'],
    ['no such node', { nodes: ['nope'] }, 'node-logs.no-node'],
    ['a part of a file', { since: '-1h' }, 'node-logs.is-file'],
  ])('is refused where there is none: %s', async (_, changes, code) => {
    const run = start(changes);
    const ended = await run.ended;
    expect(ended, String(ended)).toMatchObject({ code });
    expect(run.stdout).toBe('');
  });

  it('is followed, each line once', async () => {
    const run = start({ follow: true, tailLines: 5 });
    await waitFor('its last lines', async () => (run.stdout === '' ? undefined : true));
    // An image that no node has: of a pod that starts well the kubelet may say nothing.
    await cluster.api.create('/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'noise' },
      spec: appSpec([], { containers: [{ name: 'app', image: 'kmaint.test/nope:1', imagePullPolicy: 'Never' }] }),
    });
    await waitFor('lines of the new pod', async () => (run.stdout.includes('default/noise') ? true : undefined), {
      timeoutMs: 60_000,
      describe: async () => `${run.stderr}\n${written().slice(-2000)}`,
    });
    await waitFor('all lines', async () => (written().endsWith(run.stdout) ? true : undefined));
    stop.abort(new InterruptedError('SIGINT'));
    expect(await run.ended).toBe(130);
  });
});
