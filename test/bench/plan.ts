/**
 * `npm run bench:plan [-- --target playground | --kubeconfig FILE] [--rounds N] [--program FILE] [--hold]`: how long, and
 * in how much memory, the built kmaint plans 50 nodes of a cluster of 1,000 nodes and 30,000 pods. On a control plane of
 * its own whose controllers are halted, or on the playground; `--hold` leaves that cluster up for further measurements.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Api } from '../support/api.ts';
import { run, type Ended } from '../support/kmaint.ts';
import { createStillCluster } from '../support/still-cluster.ts';
import { fullSize, planSeed, type SeedObject } from './plan-seed.ts';

const wanted = { seconds: 5, megabytes: 400 };
const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'control-plane' },
    kubeconfig: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    program: { type: 'string', default: resolve(import.meta.dirname, '../../bin/kmaint.js') },
    hold: { type: 'boolean', default: false },
  },
});
const home = mkdtempSync(join(tmpdir(), 'kmaint-bench-plan-'));
const node = process.env['KMAINT_TEST_NODE'] ?? process.execPath;
const planned = ['plan', '-l', 'pool=old', '--capacity=always'];
const asJson = ['-o', 'json'];

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

interface Target {
  readonly kubeconfig: string;
  dispose(): Promise<void>;
}

const plurals: Readonly<Record<string, string>> = {
  Node: '/api/v1/nodes',
  Namespace: '/api/v1/namespaces',
  Pod: '/api/v1/namespaces/{}/pods',
  Deployment: '/apis/apps/v1/namespaces/{}/deployments',
  ReplicaSet: '/apis/apps/v1/namespaces/{}/replicasets',
  PodDisruptionBudget: '/apis/policy/v1/namespaces/{}/poddisruptionbudgets',
};

/** A server takes an object's status only once the object is there, and gives a new node a taint. */
async function create(api: Api, { status, ...draft }: SeedObject): Promise<void> {
  const { name, namespace = '' } = draft.metadata;
  const path = (plurals[draft.kind ?? ''] ?? '').replace('{}', namespace);
  await api.create(path, draft);
  if (draft.kind === 'Node') await api.patch(`${path}/${name}`, { spec: { taints: null } });
  if (status !== undefined) await api.patch(`${path}/${name}/status`, { status });
}

/** Many at a time, in no order. */
async function createAll(api: Api, objects: readonly SeedObject[]): Promise<void> {
  const left = objects.values();
  const one = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop
    for (const object of left) await create(api, object);
  };
  await Promise.all(Array.from({ length: 32 }, one));
}

async function controlPlane(): Promise<Target> {
  const cluster = await createStillCluster();
  const { api, kubeconfig } = cluster;
  const dispose = (): Promise<void> => cluster.dispose();
  try {
    const { nodes, others, pods } = planSeed(fullSize);
    const namespaces = others.filter(({ kind }) => kind === 'Namespace');
    const startMs = performance.now();
    await createAll(api, namespaces);
    await createAll(api, [...nodes, ...others.filter(({ kind }) => kind !== 'Namespace')]);
    await createAll(api, pods);
    say(`${String(pods.length)} pods on ${String(nodes.length)} nodes after ${seconds(performance.now() - startMs)}`);
    return { kubeconfig, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function playground(): Promise<Target> {
  const file = join(home, 'seed.json');
  const { nodes, others, pods } = planSeed(fullSize);
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...others, ...nodes, ...pods] }));
  const child = spawn(node, [values.program, 'playground', '-q', file], {
    env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'close');
  const kubeconfig = await new Promise<string>((done, fail) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('\n')) done(said.slice(0, said.indexOf('\n')));
    });
    child.once('close', () => fail(new Error('the playground did not start')));
  });
  return {
    kubeconfig,
    async dispose() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

interface Measured extends Ended {
  readonly megabytes: number;
  /** Of all its threads: what it cost, however busy the machine was. */
  readonly cpuMs: number;
}

/** The kernel keeps the peak (VmHWM) and the sum, so that looking often enough to see the last values is enough. */
async function plan(kubeconfig: string, ...flags: readonly string[]): Promise<Measured> {
  let kilobytes = NaN;
  let cpuMs = NaN;
  let looking: NodeJS.Timeout | undefined;
  const ended = await run(node, [values.program, ...planned, ...flags], {
    kubeconfig,
    env: { HOME: home },
    onStart: ({ pid }) => {
      looking = setInterval(() => {
        try {
          const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
          kilobytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? kilobytes);
          // After the name in brackets: utime and stime are the 12th and 13th, in hundredths of a second.
          const fields =
            readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
              .split(') ')[1]
              ?.split(' ') ?? [];
          cpuMs = (Number(fields[11]) + Number(fields[12])) * 10;
        } catch {
          // It has ended.
        }
      }, 5);
    },
  });
  clearInterval(looking);
  if (flags.includes('json')) check(ended);
  return { ...ended, megabytes: kilobytes / 1000, cpuMs };
}

interface PlanJson {
  readonly plan: {
    readonly nodes: readonly { readonly pods: readonly { readonly placement?: { readonly verdict: string } }[] }[];
    readonly budgets: readonly unknown[];
  };
  readonly warnings: readonly string[];
}

/** A plan that left something out would be measured in vain. */
function check({ code, stdout, stderr }: Ended): void {
  if (code !== 0) throw new Error(`the plan failed (${String(code)}):\n${stderr}\n${stdout.slice(0, 2000)}`);
  const { plan: made, warnings } = JSON.parse(stdout) as PlanJson;
  const pods = made.nodes.flatMap((one) => one.pods);
  const placed = pods.filter(({ placement }) => placement?.verdict === 'fits');
  const { old, nodes, namespaces, workloadsInNamespace, budgetsInNamespace, replicas } = fullSize;
  const expected = (namespaces * workloadsInNamespace * replicas * old) / nodes;
  const complete = made.nodes.length === old && pods.length === expected && placed.length === expected;
  if (!complete || made.budgets.length !== namespaces * budgetsInNamespace || warnings.length > 0) {
    throw new Error(
      `${String(made.nodes.length)} nodes, ${String(pods.length)} pods, ${String(placed.length)} of them placed, ${String(made.budgets.length)} budgets; warnings: ${warnings.join('; ')}`,
    );
  }
}

/** Where the time goes: requests by path, each from its sending to the head of its answer. */
function requestsIn({ stderr }: Ended): readonly string[] {
  const byPath = new Map<string, number[]>();
  for (const [, url = '', ms] of stderr.matchAll(/^GET (https:\S+) .* in (\d+) ms$/gm)) {
    const { pathname, searchParams } = new URL(url);
    const path = `${pathname}${searchParams.has('fieldSelector') ? ' of one node' : ''}`;
    byPath.set(path, [...(byPath.get(path) ?? []), Number(ms)]);
  }
  return [...byPath].map(
    ([path, ms]) =>
      `  ${String(ms.length)} x GET ${path}: at most ${String(Math.max(...ms))} ms to the head of the answer`,
  );
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

async function measure({ kubeconfig }: Target): Promise<void> {
  // Traces stand beside the text only. V8's code is kept after the first run, as it is on the machine of whoever runs it twice.
  const traced = await plan(kubeconfig, '-v=2');
  for (const line of requestsIn(traced)) say(line);
  const runs: Measured[] = [];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    // oxlint-disable-next-line no-await-in-loop
    const last = await plan(kubeconfig, ...asJson);
    runs.push(last);
    say(
      `round ${String(round)}: ${seconds(last.durationMs)}, ${seconds(last.cpuMs)} of CPU, ${last.megabytes.toFixed(0)} MB`,
    );
  }
  const tookMs = median(runs.map(({ durationMs }) => durationMs));
  const megabytes = median(runs.map((one) => one.megabytes));
  const met = tookMs <= wanted.seconds * 1000 && megabytes <= wanted.megabytes;
  process.stdout.write(
    `kmaint ${[...planned, ...asJson].join(' ')}: ${seconds(tookMs)} (wanted ${String(wanted.seconds)} s), ${seconds(median(runs.map(({ cpuMs }) => cpuMs)))} of CPU, ${megabytes.toFixed(0)} MB at its highest (wanted ${String(wanted.megabytes)} MB): ${met ? 'met' : 'NOT met'}, median of ${String(runs.length)}\n`,
  );
  if (!met) process.exitCode = 1;
}

async function openTarget(): Promise<Target> {
  if (values.kubeconfig !== undefined) return { kubeconfig: values.kubeconfig, dispose: async () => {} };
  return values.target === 'playground' ? playground() : controlPlane();
}

async function main(): Promise<void> {
  const target = await openTarget();
  try {
    await measure(target);
    if (values.hold) {
      say(`KUBECONFIG=${target.kubeconfig}; Ctrl-C ends it`);
      const held = setInterval(() => {}, 60_000);
      await once(process, 'SIGINT');
      clearInterval(held);
    }
  } finally {
    await target.dispose();
    rmSync(home, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
