/** Columns about nodes, and names of containers, from the words of the command to the bytes. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
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

interface Written extends LookupParts {
  /** What every container wrote; `hello` unless told. */
  readonly message?: string;
}

/** What is printed of pods; `words` are parted by spaces, or a list. */
async function run(words: string | readonly string[], pods: readonly LogPod[], parts: Written = { owners: [node] }) {
  const line = Buffer.from(`2026-11-21T02:16:18.123456789Z ${parts.message ?? 'hello'}\n`);
  const lookup = lookupOf(parts);
  const cluster: Partial<LogCluster> = {
    identity: { context: 'test', server: 'https://api', user: 'tester' },
    kubectl: kubectlFor('test'),
    namespace: 'shop',
    owners: lookup,
    listPods: ({ namespace }) => Promise.resolve(pods.filter((pod) => (namespace ?? pod.namespace) === pod.namespace)),
    lacksNamespace: () => Promise.resolve(false),
    open: () => Promise.resolve(answerWith(Readable.from([line], { objectMode: false }))),
    close: () => {},
  };
  const { exitCode, out, err } = await runLogsIn(cluster, [
    ...(typeof words === 'string' ? words.split(' ') : words),
    '--no-follow',
    '--only-log-lines',
  ]);
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

it.each([
  ['-A', 'shop web-1 app hello\n'],
  ['-n shop,prod', 'shop web-1 app hello\n'],
  ['-A -o raw', 'hello\n'],
  ['-n shop,prod -o raw', 'hello\n'],
  [
    '-A -o json',
    '{"message":"hello","nodeName":"n1","namespace":"shop","podName":"web-1","containerName":"app","labels":null,"annotations":null}\n',
  ],
  ['-A -o extjson', '{"namespace": "shop", "pod": "web-1", "container": "app", "message": "hello"}\n'],
  ['-n shop,prod -o extjson', '{"pod": "web-1", "container": "app", "message": "hello"}\n'],
  ['-A -o ppextjson', '{\n  "namespace": "shop",\n  "pod": "web-1",\n  "container": "app",\n  "message": "hello"\n}\n'],
  ['-n shop,prod -o ppextjson', '{\n  "pod": "web-1",\n  "container": "app",\n  "message": "hello"\n}\n'],
])('case 51: names the namespace as stern does with %s', async (words, expected) => {
  const message = words.includes('ext') ? '"hello"' : 'hello';
  expect((await run(`web ${words}`, [aLogPod('web-1')], { message })).out).toBe(expected);
});

it.each([
  ['-t', '2026-11-21T11:16:18.123456789+09:00'],
  ['-t=short', '11-21 11:16:18'],
])('case 54: shows times in the zone that is asked for with %s', async (flag, expected) => {
  const { out } = await run(`web ${flag} --timezone Asia/Tokyo`, [aLogPod('web-1')]);
  expect(out).toBe(`web-1 app ${expected} hello\n`);
});

it('case 54: a template finds JSON in the message, and the time apart from it', async () => {
  const [message, level] = ['{"level":"warn"}', '(parseJSON .Message).level'];
  const ofTemplate = (text: string, ...flags: string[]) =>
    run(['web', ...flags, '--timezone', 'Asia/Tokyo', '--template', text], [aLogPod('web-1')], { message });
  const apart = await ofTemplate(`{{toTimestamp .Timestamp "01-02 15:04:05" "Asia/Tokyo"}} {{${level}}}`);
  expect([apart.out, apart.err]).toEqual(['11-21 11:16:18 warn', '']);
  // As in stern 1.34: the time that is asked for is part of the message.
  const within = await ofTemplate(`{{${level}}}`, '-t');
  expect([within.out, within.err]).toEqual(['', expect.stringMatching(/^expanding template failed: .*parseJSON/)]);
  expect((await ofTemplate('{{.Message}}', '-t=short')).out).toBe(`11-21 11:16:18 ${message}`);
});
