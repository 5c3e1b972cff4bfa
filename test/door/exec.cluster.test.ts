/** Programs that are run in containers through a real API server, which translates for the node: words, bytes and refusals. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { realClock } from '../../src/clock.ts';
import type { ExecSink } from '../../src/cluster/exec-file.ts';
import type { ExecEnd } from '../../src/cluster/exec-status.ts';
import { openLogCluster, type LogCluster } from '../../src/cluster/log-cluster.ts';
import { connect, waitFor, type Api, type KubeObject } from '../support/api.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { connectionOf } from './connection.ts';

let api: Api;
let scenario: Scenario;
let cluster: LogCluster;

interface Ran {
  readonly end: ExecEnd;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(command: readonly string[], pod = 'runs', container = 'app'): Promise<Ran> {
  const texts = { stdout: '', stderr: '' };
  const sink: ExecSink = {
    stdout(bytes) {
      texts.stdout += bytes.toString('latin1');
      return undefined;
    },
    stderr: (bytes) => void (texts.stderr += bytes.toString('latin1')),
  };
  const ref = { namespace: scenario.namespace, pod, container };
  const end = await cluster.exec(ref, command, sink, AbortSignal.timeout(60_000));
  return { end, ...texts };
}

describe('a program in a container of a real API server', () => {
  beforeAll(async () => {
    api = connect(inject('kubeconfig'));
    scenario = await createScenario(api, { prefix: 'exec', nodes: 1 });
    cluster = openLogCluster(connectionOf(inject('kubeconfig')), {
      clock: realClock,
      userAgent: 'kmaint/test',
      warn: (message) => expect.unreachable(message),
    });
    await scenario.pod('runs', { nodeName: scenario.nodeNames[0] ?? '', readyAfterMs: 10 });
    await waitFor('the pod to run', async () => {
      const path = `/api/v1/namespaces/${scenario.namespace}/pods/runs`;
      const { status } = await api.get<KubeObject & { status: { phase: string } }>(path);
      return status.phase === 'Running' ? true : undefined;
    });
  });
  afterAll(async () => {
    cluster?.close();
    await scenario?.dispose();
    api?.close();
  });

  it('gets its words as they are, and both of its streams are told apart', async () => {
    const word = `-a b'c"; $(id) \u00e4`;
    const said = await run(['sh', '-c', 'printf "%s" "$0"; printf oh >&2', word]);
    expect(said.end).toEqual({ kind: 'exited', code: 0 });
    expect(Buffer.from(said.stdout, 'latin1').toString()).toBe(word);
    expect(said.stderr).toBe('oh');
  });

  it('loses no byte', async () => {
    const { end, stdout } = await run(['seq', '1', '200000']);
    expect(end).toEqual({ kind: 'exited', code: 0 });
    expect(stdout === Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join('')).toBe(true);
  });

  it('is refused where there is no such pod or container', async () => {
    expect((await run(['true'], 'absent')).end).toMatchObject({ kind: 'gone' });
    expect((await run(['true'], 'runs', 'other')).end).toMatchObject({
      kind: 'refused',
      error: { message: expect.stringContaining('container other is not valid for pod runs') as string },
    });
  });
});
