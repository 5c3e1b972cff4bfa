/** Columns about nodes, and names of containers, from the words of the command to the bytes. */
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { LogCluster } from '../../src/cluster/log-cluster.ts';
import type { LogPod } from '../../src/cluster/log-pod.ts';
import { runLogsIn } from '../support/log-run.ts';
import { aContainer, aLogPod, anOwner, lookupOf, type LookupParts } from './selection/pods.ts';
import { answerWith } from './stream/kubelet.ts';

const node = anOwner('Node', 'n1', {
  labels: { 'topology.kubernetes.io/zone': 'eu-a', 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
});

const line = Buffer.from('2026-11-21T02:16:18.123456789Z hello\n');

/** What is printed of pods whose every container wrote `hello`. */
async function run(words: string, pods: readonly LogPod[], parts: LookupParts = { owners: [node] }) {
  const lookup = lookupOf(parts);
  const cluster: Partial<LogCluster> = {
    namespace: 'shop',
    owners: lookup,
    listPods: () => Promise.resolve(pods),
    lacksNamespace: () => Promise.resolve(false),
    open: () => Promise.resolve(answerWith(Readable.from([line], { objectMode: false }))),
    close: () => {},
  };
  const { exitCode, out, err } = await runLogsIn(cluster, [...words.split(' '), '--no-follow', '--only-log-lines']);
  expect(exitCode).toBe(0);
  return { out, err, asked: lookup.asked };
}

it('reads the nodes for columns that are about them', async () => {
  const { out, err, asked } = await run('web --columns region,zone,os,arch,pod', [aLogPod('web-1')]);
  expect([out, err]).toEqual(['- eu-a linux amd64 web-1 hello\n', '']);
  expect(asked).toEqual(['Node */n1']);
});

it('reads none for other columns, nor for a list of what there is', async () => {
  expect(await run('web --columns node,pod', [aLogPod('web-1')])).toMatchObject({ out: 'n1 web-1 hello\n', asked: [] });
  expect((await run('web --columns zone --dry-run', [aLogPod('web-1')])).asked).toEqual([]);
});

it('says once that nodes may not be read, and prints the lines all the same', async () => {
  const pods = [aLogPod('web-1'), aLogPod('web-2', { nodeName: 'n2' })];
  const { out, err } = await run('web --columns zone,pod', pods, { forbidden: ['Node'] });
  expect(out.split('\n').toSorted()).toEqual(['', '- web-1 hello', '- web-2 hello']);
  expect(err).toBe(
    'warning: nodes cannot be read, so the columns region, zone, os and arch are left empty: not allowed to read Node\n',
  );
});

it('names containers as kubetail does', async () => {
  const pods = [
    aLogPod('web-1'),
    aLogPod('web-2', { containers: [aContainer('setup', { kind: 'init' }), aContainer('app')] }),
    aLogPod('web-3', { containers: [aContainer('app'), aContainer('proxy')] }),
  ];
  const lines = async (words: string): Promise<readonly string[]> =>
    (await run(`web --compat kubetail ${words}`, pods)).out.split('\n').toSorted().slice(1);
  expect(await lines('-k false')).toEqual([
    '[web-1] hello',
    '[web-2 setup] hello',
    '[web-2] hello',
    '[web-3 app] hello',
    '[web-3 proxy] hello',
  ]);
  expect(await lines('-k false -c app')).toEqual(['[web-1] hello', '[web-2] hello', '[web-3] hello']);
});
