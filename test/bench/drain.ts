/**
 * `npm run bench:drain`: drains 120 pods without budgets from a fake node with kubectl and with kmaint in turn, on the
 * same control plane, and prints the medians and their ratio.
 */
import { kubectlPath } from '../cluster/binaries.mts';
import { buildMissing } from '../cluster/compile.ts';
import { bringUp, takeDown } from '../cluster/controlplane.ts';
import { wantedKubernetesVersion } from '../cluster/versions.mts';
import { connect, type Api } from '../support/api.ts';
import { kmaint, run, type Ended } from '../support/kmaint.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

const podCount = 120;
const rounds = 3;
const wantedRatio = 8;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

/** Moves all pods to `from` (the other node is cordoned meanwhile), then drains it and takes the time. */
async function drainOnce(
  api: Api,
  scenario: Scenario,
  [from, to]: readonly [string, string],
  drain: (node: string) => Promise<Ended>,
): Promise<number> {
  await api.patch(`/api/v1/nodes/${from}`, { spec: { unschedulable: null } });
  await api.patch(`/api/v1/nodes/${to}`, { spec: { unschedulable: true } });
  await api.delete(`/api/v1/namespaces/${scenario.namespace}/pods`);
  await scenario.waitReady(120_000);
  const before = await scenario.pods(from);
  if (before.length !== podCount) throw new Error(`${before.length} pods on ${from}, wanted ${podCount}`);
  await api.patch(`/api/v1/nodes/${to}`, { spec: { unschedulable: null } });

  const ended = await drain(from);
  if (ended.code !== 0) throw new Error(`the drain failed (${ended.code}):\n${ended.stderr}`);
  const names = new Set(before.map(({ metadata }) => metadata.uid));
  const left = (await scenario.pods(from)).filter(({ metadata }) => names.has(metadata.uid));
  if (left.length > 0) throw new Error(`${left.length} pods are still on ${from}`);
  return ended.durationMs;
}

async function main(): Promise<void> {
  const version = wantedKubernetesVersion();
  await buildMissing(version, say);
  const cluster = await bringUp(version, say, { keep: false });
  const { kubeconfig } = cluster;
  const kubectl = kubectlPath(version) ?? 'kubectl';
  const api = connect(kubeconfig);
  const scenario = await createScenario(api, { nodes: 2, prefix: 'bench' });
  try {
    const [a = '', b = ''] = scenario.nodeNames;
    await scenario.deployment('web', podCount);
    const times = { kubectl: [] as number[], kmaint: [] as number[] };
    for (let round = 1; round <= rounds; round += 1) {
      const theirs = await drainOnce(api, scenario, [a, b], (node) =>
        run(kubectl, ['drain', node, '--ignore-daemonsets'], { kubeconfig }),
      );
      const ours = await drainOnce(api, scenario, [b, a], (node) => kmaint(['drain', node], { kubeconfig }));
      times.kubectl.push(theirs);
      times.kmaint.push(ours);
      say(`round ${round}: kubectl ${(theirs / 1000).toFixed(2)} s, kmaint ${(ours / 1000).toFixed(2)} s`);
    }
    const ratio = median(times.kubectl) / median(times.kmaint);
    process.stdout.write(
      `drain of ${podCount} pods without budgets, median of ${rounds}: kubectl ${(median(times.kubectl) / 1000).toFixed(2)} s, ` +
        `kmaint ${(median(times.kmaint) / 1000).toFixed(2)} s, ${ratio.toFixed(1)} times as fast ` +
        `(wanted: ${wantedRatio}): ${ratio >= wantedRatio ? 'met' : 'NOT met'}\n`,
    );
  } finally {
    await scenario.dispose();
    api.close();
    if (!cluster.reused) await takeDown(version, say);
  }
}

main().catch((error: unknown) => {
  say(String(error));
  process.exitCode = 1;
});
