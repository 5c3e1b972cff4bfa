/**
 * `npm run bench:drain [-- --rounds N] [--case TEXT] [--kmaint-only] [--bare]`: drains the same workloads with kubectl,
 * with kmaint and, if asked, with the barest of scripts in turn, on one control plane whose pods are Ready 1 s after
 * binding and gone 1 s after deletion, and prints medians, ratios, the floor, requests a pod, and every moment at which a
 * budget was broken.
 */
import { parseArgs } from 'node:util';
import { kubectlPath } from '../cluster/binaries.mts';
import { buildMissing } from '../cluster/compile.ts';
import { bringUp, takeDown } from '../cluster/controlplane.ts';
import { wantedKubernetesVersion } from '../cluster/versions.mts';
import { connect, waitFor, type Api } from '../support/api.ts';
import { kmaint, run, type Ended } from '../support/kmaint.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { bareDrain } from './drain-bare.ts';
import { cases, type Case } from './drain-cases.ts';
import { watchPods } from './drain-watch.ts';
import type { TestPod } from '../support/workloads.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    case: { type: 'string', default: '' },
    'kmaint-only': { type: 'boolean', default: false },
    bare: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

interface Measured extends Ended {
  readonly violations: readonly string[];
  readonly replacementMs: readonly number[];
}

/** All pods of the case anew, Ready on `nodes`; those that the scheduler put elsewhere before it saw the cordon go again. */
async function gather(api: Api, scenario: Scenario, one: Case, nodes: readonly string[]): Promise<TestPod[]> {
  const isElsewhere = ({ spec }: TestPod): boolean => !nodes.includes(spec.nodeName ?? '');
  await api.delete(`/api/v1/namespaces/${scenario.namespace}/pods`);
  return waitFor(
    `${String(one.pods)} pods on the nodes to be drained`,
    async () => {
      await scenario.waitReady(180_000);
      const pods = await scenario.pods();
      const elsewhere = pods.filter(isElsewhere);
      if (elsewhere.length === 0 && pods.length === one.pods) return pods;
      await Promise.all(
        elsewhere.map(({ metadata }) =>
          api.delete(`/api/v1/namespaces/${scenario.namespace}/pods/${metadata.name}`).catch(() => undefined),
        ),
      );
      return undefined;
    },
    { timeoutMs: 180_000, everyMs: 500 },
  );
}

/** Moves all pods to the nodes to be drained, then drains them and takes the time. */
async function drainOnce(
  api: Api,
  scenario: Scenario,
  one: Case,
  drain: (nodes: readonly string[]) => Promise<Ended>,
): Promise<Measured> {
  const from = scenario.nodeNames.slice(0, one.from);
  const to = scenario.nodeNames.slice(one.from);
  const cordon = (names: readonly string[], unschedulable: true | null): Promise<unknown> =>
    Promise.all(names.map((name) => api.patch(`/api/v1/nodes/${name}`, { spec: { unschedulable } })));
  await cordon(from, null);
  await cordon(to, true);
  const before = await gather(api, scenario, one, from);
  await cordon(to, null);

  const watched = await watchPods(api, scenario);
  const ended = await drain(from);
  watched.stop();
  if (ended.code !== 0) throw new Error(`the drain failed (${String(ended.code)}):\n${ended.stderr}`);
  const old = new Set(before.map(({ metadata }) => metadata.uid));
  const left = (await scenario.pods()).filter(({ metadata }) => old.has(metadata.uid));
  if (left.length > 0) throw new Error(`${String(left.length)} pods are still there`);
  return { ...ended, violations: watched.violations, replacementMs: watched.replacementMs };
}

/** Requests in the trace of a run, watches too; `steady`: from the first eviction to the last. */
function requestsIn({ stderr }: Ended): {
  readonly all: number;
  readonly steady: number;
  readonly other: Map<string, number>;
} {
  const lines = stderr.split('\n').filter((line) => /^(GET|POST|PATCH|PUT|DELETE) https:/.test(line));
  const isEviction = (line: string): boolean => line.includes('/eviction ');
  const steady = lines.findLastIndex(isEviction) - lines.findIndex(isEviction) + 1;
  const other = new Map<string, number>();
  for (const line of lines.filter((text) => !isEviction(text))) {
    const [method = '', url = ''] = line.split(' ');
    const path = `${method} ${new URL(url).pathname.replace(/\/(pods|nodes|leases|replicasets)\/[^/]+$/, '/$1/…')}`;
    other.set(path, (other.get(path) ?? 0) + 1);
  }
  return { all: lines.length, steady, other };
}

async function benchmark(api: Api, kubeconfig: string, kubectl: string, one: Case): Promise<string> {
  const scenario = await createScenario(api, { nodes: one.from + one.to, prefix: 'bench' });
  try {
    await one.setUp(scenario);
    const theirs: number[] = [];
    const ours: number[] = [];
    const bares: number[] = [];
    const replacements: number[] = [];
    const violations: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      if (values.bare) {
        const bare = await drainOnce(api, scenario, one, (nodes) => bareDrain(api, scenario, nodes));
        bares.push(bare.durationMs);
      }
      if (!values['kmaint-only']) {
        const their = await drainOnce(api, scenario, one, (nodes) =>
          run(kubectl, ['drain', ...nodes, '--ignore-daemonsets'], { kubeconfig }),
        );
        theirs.push(their.durationMs);
      }
      const our = await drainOnce(api, scenario, one, (nodes) =>
        kmaint(['drain', ...nodes, ...one.kmaintFlags], { kubeconfig }),
      );
      ours.push(our.durationMs);
      replacements.push(...our.replacementMs);
      violations.push(...our.violations);
      say(
        `${one.name}, round ${String(round)}: kubectl ${seconds(theirs.at(-1) ?? NaN)}, kmaint ${seconds(our.durationMs)}${values.bare ? `, bare ${seconds(bares.at(-1) ?? NaN)}` : ''}`,
      );
    }
    const traced = requestsIn(
      await drainOnce(api, scenario, one, (nodes) =>
        kmaint(['drain', ...nodes, ...one.kmaintFlags, '-v=2'], { kubeconfig }),
      ),
    );
    for (const [path, count] of traced.other) say(`  ${String(count)} x ${path}`);
    const floorMs = one.queue * median(replacements);
    const ratio = median(theirs) / median(ours);
    const overFloor = median(ours) / floorMs;
    const met =
      violations.length === 0 &&
      (one.wantedRatio === undefined || ratio >= one.wantedRatio) &&
      (one.wantedFloor === undefined || overFloor <= one.wantedFloor);
    const wanted =
      one.wantedRatio === undefined ? `<= ${String(one.wantedFloor)} x floor` : `>= ${String(one.wantedRatio)} x`;
    return [
      one.name.padEnd(36),
      `kubectl ${seconds(median(theirs))}`,
      `kmaint ${seconds(median(ours))}`,
      ...(values.bare ? [`bare ${seconds(median(bares))}`] : []),
      `${ratio.toFixed(1)} x (wanted ${wanted})`,
      `floor ${seconds(floorMs)} (${overFloor.toFixed(2)} x)`,
      `${(traced.all / one.pods).toFixed(2)} requests a pod, ${(traced.steady / one.pods).toFixed(2)} from the first eviction to the last`,
      `${String(violations.length)} violations`,
      met ? 'met' : 'NOT met',
    ].join(' | ');
  } finally {
    await scenario.dispose();
  }
}

async function main(): Promise<void> {
  const version = wantedKubernetesVersion();
  await buildMissing(version, say);
  const cluster = await bringUp(version, say, { keep: false });
  const { kubeconfig } = cluster;
  const kubectl = kubectlPath(version) ?? 'kubectl';
  const api = connect(kubeconfig);
  const lines: string[] = [];
  try {
    for (const one of cases.filter(({ name }) => name.includes(values.case))) {
      lines.push(await benchmark(api, kubeconfig, kubectl, one));
      say(lines.at(-1) ?? '');
    }
    process.stdout.write(`median of ${String(rounds)}\n${lines.join('\n')}\n`);
  } finally {
    api.close();
    if (!cluster.reused) await takeDown(version, say);
  }
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
