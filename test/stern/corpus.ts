/** The pods that stern and kmaint are compared on: odd lines in some, in the others lines that say whose they are. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFolder } from '../cluster/versions.mts';
import type { LogContent, LogWorld, ServedContainer, ServedPod } from '../bench/log-world.ts';
import { nodes, ownedNamespace, ownedPods, workloads } from './workloads.ts';

const folder = join(repositoryFolder, 'fixtures/logs/odd-lines');

/** All files of odd lines whose names match, one after the other. */
export function oddLines(names: RegExp = /\.log$/): Buffer {
  const files = readdirSync(folder)
    .filter((name) => names.test(name))
    .sort();
  if (files.length === 0) throw new Error(`no file in ${folder} matches ${String(names)}`);
  return Buffer.concat(files.map((name) => readFileSync(join(folder, name))));
}

/** What the tag of a line looks like in whatever format it is printed. */
export const tagPattern = /\[[a-z0-9-]+\/[a-z0-9-]+\/[a-z0-9-]+\]/;

/** From an hour ago to five minutes ago: a whole comparison fits between two of them. */
const taggedCount = 12;
const taggedStepMs = 300_000;

function tagged(namespace: string, pod: string, container: string, startMs: number): LogContent {
  const tag = `[${namespace}/${pod}/${container}]`;
  const lines = Array.from({ length: taggedCount }, (_, index) => {
    const level = ['info', 'warn', 'error'][index % 3] ?? '';
    return index % 4 === 3
      ? JSON.stringify({ level, msg: `${tag} message ${String(index)}`, n: index })
      : `${level} ${tag} message ${String(index)}`;
  });
  return { kind: 'text', bytes: Buffer.from(`${lines.join('\n')}\n`), startMs, stepMs: taggedStepMs };
}

interface Shape {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ready?: boolean;
  readonly node?: string;
}

function pod(
  namespace: string,
  name: string,
  containers: readonly ServedContainer[],
  { labels = {}, annotations = {}, ready = true, node = 'node-1' }: Shape = {},
): ServedPod {
  return { namespace, name, node, labels, annotations, ready, containers };
}

const only = (content: LogContent): readonly ServedContainer[] => [
  { name: 'main', kind: 'regular', state: 'running', content },
];

const text = (bytes: Buffer, startMs: number, stepMs: number): LogContent => ({ kind: 'text', bytes, startMs, stepMs });

/** Lines from an hour before `nowMs` on, and those of `dated` over two years in all seasons. */
export function corpus(nowMs: number): LogWorld {
  const startMs = Math.floor(nowMs / 1000) * 1000 - 3_600_000;
  const dated = Buffer.from(Array.from({ length: 30 }, (_, index) => `month ${String(index)}\n`).join(''));
  const monthMs = 29 * 86_400_000 + 3_723_001;
  const container = (
    namespace: string,
    podName: string,
    name: string,
    kind: ServedContainer['kind'],
    state: ServedContainer['state'],
  ): ServedContainer => ({ name, kind, state, content: tagged(namespace, podName, name, startMs) });
  const simple = (namespace: string, name: string, shape: Shape = {}): ServedPod =>
    pod(namespace, name, [container(namespace, name, 'main', 'regular', 'running')], shape);
  const odd = {
    labels: { app: 'odd', 'kmaint.test/x': '' },
    annotations: { note: '<&> "quoted" \u2028 \u65e5\u672c' },
  };

  const pods = [
    pod('odd', 'odd-lines', only(text(oddLines(), startMs, 1000)), odd),
    pod('odd', 'json-lines', only(text(oddLines(/json-objects/), startMs, 1000))),
    pod('odd', 'dated', only(text(dated, Date.parse('2024-03-31T00:59:59.987Z'), monthMs))),
    pod('odd', 'silent', only(text(Buffer.alloc(0), startMs, 1000))),
    pod(
      'many',
      'multi-0',
      [
        container('many', 'multi-0', 'setup', 'init', 'terminated'),
        container('many', 'multi-0', 'main', 'regular', 'running'),
        container('many', 'multi-0', 'proxy', 'regular', 'running'),
        container('many', 'multi-0', 'debugger', 'ephemeral', 'running'),
      ],
      { labels: { app: 'multi' } },
    ),
    pod(
      'many',
      'multi-1',
      [
        container('many', 'multi-1', 'main', 'regular', 'running'),
        container('many', 'multi-1', 'crashed', 'regular', 'terminated'),
        container('many', 'multi-1', 'starting', 'regular', 'waiting'),
      ],
      { labels: { app: 'multi', tier: 'back' }, ready: false, node: 'node-2' },
    ),
    ...['pod1', 'my-pod', 'nginx', 'web-0', 'web-1'].map((name) => simple('many', name)),
    simple('other', 'web-0', { labels: { app: 'other' } }),
    simple('other', 'istio-proxy', { node: 'node-2' }),
    ...ownedPods.map(({ name, labels, owner }) => ({ ...simple(ownedNamespace, name, { labels }), owner })),
  ];
  return { pods, objects: { ...workloads, ...nodes } };
}
