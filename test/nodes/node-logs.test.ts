/** The log of a real kubelet, as it serves it to node-logs: there is no systemd on these nodes, and it writes to a file. */
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { openLogCluster, type LogCluster } from '../../src/cluster/log-cluster.ts';
import { loadConnection } from '../../src/cluster/kubeconfig/load.ts';
import { InterruptedError, type ExitCode } from '../../src/errors.ts';
import type { NodeLogsOptions } from '../../src/logs/node/options.ts';
import { runNodeLogs } from '../../src/logs/node/run.ts';
import { programRunner } from '../../src/process/run.ts';
import { pathOnHost } from '../cluster/nodes-tier/enter.ts';
import { waitFor } from '../support/api.ts';
import { startPod, startRealCluster, type RealCluster } from './real-cluster.ts';

let cluster: RealCluster;
const stop = new AbortController();

async function open(): Promise<LogCluster> {
  const options = { kubeconfig: cluster.kubeconfig };
  const connection = await loadConnection(options, {
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

function start(changes: Partial<NodeLogsOptions>) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    streams[name].on('data', (chunk: Buffer) => (texts[name] += chunk.toString()));
  }
  const ended: Promise<ExitCode | Error> = runNodeLogs(
    {
      io: { ...streams, env: {}, workingDirectory: '/' },
      clock: realClock,
      signal: stop.signal,
      programName: 'kmaint',
      warnings: [],
      runProgram: () => expect.unreachable(),
      runForeground: () => expect.unreachable(),
      open,
    },
    {
      nodes: ['node1'],
      via: 'api',
      units: ['kubelet'],
      file: undefined,
      follow: false,
      since: undefined,
      until: undefined,
      tailLines: undefined,
      grep: undefined,
      boot: undefined,
      output: 'short-precise',
      ...changes,
    },
  ).catch((error: unknown) => error as Error);
  return { ended, texts };
}

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
      expect(await run.ended, run.texts.stderr).toBe(0);
      expect(run.texts.stdout.length).toBeGreaterThan(1000);
      expect(written().startsWith(run.texts.stdout)).toBe(true);
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
    expect(run.texts.stdout).toBe('');
  });

  it('is followed, each line once', async () => {
    const run = start({ follow: true, tailLines: 5 });
    await waitFor('its last lines', async () => (run.texts.stdout === '' ? undefined : true));
    await startPod(cluster.api, 'noise', ['--name=noise']);
    await waitFor('lines of the new pod', async () => (run.texts.stdout.includes('default/noise') ? true : undefined));
    await waitFor('all lines', async () => (written().endsWith(run.texts.stdout) ? true : undefined));
    stop.abort(new InterruptedError('SIGINT'));
    expect(await run.ended).toBe(130);
  });
});
