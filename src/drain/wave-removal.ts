/** Removes the pods of a node wave by wave, and sees to it that their workloads are whole again before the next. */
import { exitCodes, KmaintError } from '../errors.ts';
import type { Pod } from '../cluster/pod.ts';
import { readBaselines, type Baseline } from './continuity/baselines.ts';
import type { ContinuityContext } from './continuity/context.ts';
import { awaitReplacements } from './continuity/replacements.ts';
import { surge } from './continuity/surge.ts';
import { surgeCandidates, type SurgeCandidate } from './continuity/surge-candidates.ts';
import { awaitCompletion, finish, record } from './departure.ts';
import { hasFailed } from './node-result.ts';
import type { ContinuityOptions } from './options.ts';
import type { NodePlan, PodDecision } from './plan.ts';
import { removePod, type Removal, type RemovalContext } from './removal.ts';

export interface WaveContext {
  readonly removal: RemovalContext;
  readonly continuity: ContinuityContext;
  readonly options: ContinuityOptions;
  /** Uids of pods that kmaint itself runs in: they go when all others are gone. */
  readonly ownPods: ReadonlySet<string>;
}

interface Wave {
  readonly pods: readonly PodDecision[];
  readonly label: string;
}

/** None begins after a failure. Rejects with the signal's reason, or when replacements do not come. */
export async function removeWaves(
  context: WaveContext,
  plan: NodePlan,
  outgoing: readonly PodDecision[],
  removals: Map<string, Removal>,
): Promise<void> {
  const { report, node } = context.removal;
  const waves = wavesOfPlan(plan, outgoing, context.ownPods);
  for (const [index, { pods, label }] of waves.entries()) {
    if (waves.length > 1) {
      const position = { wave: index + 1, waves: waves.length };
      report.emit({ type: 'wave.started', node, ...position, pods: pods.length, label });
    }
    await removeWave(context, pods, removals);
    if (hasFailed(removals)) return;
  }
}

function wavesOfPlan(
  { waves }: NodePlan,
  outgoing: readonly PodDecision[],
  ownPods: ReadonlySet<string>,
): readonly Wave[] {
  const others = outgoing.filter(({ uid }) => !ownPods.has(uid));
  const own = outgoing.filter(({ uid }) => ownPods.has(uid));
  const ordinary = waves.map((label, index) => ({ label, pods: others.filter(({ wave }) => wave === index) }));
  return [...ordinary, { label: 'kmaint itself', pods: own }].filter(({ pods }) => pods.length > 0);
}

async function removeWave(
  context: WaveContext,
  outgoing: readonly PodDecision[],
  removals: Map<string, Removal>,
): Promise<void> {
  const { removal, continuity, options } = context;
  const seen = outgoing.flatMap(({ uid }) => removal.presence.get(uid) ?? []);
  const removable = new Set(outgoing.filter(({ action }) => action === 'remove').map(({ uid }) => uid));
  const candidates = options.surge
    ? await surgeCandidates(
        continuity,
        seen.filter(({ uid }) => removable.has(uid)),
      )
    : [];
  const surged = new Set(candidates.map(({ pod }) => pod.uid));
  const others = outgoing.filter(({ uid }) => !surged.has(uid));
  const baselines = options.replacementsMs === undefined ? [] : await readBaselines(continuity, live(seen, surged));
  await allSettled([
    ...candidates.map((candidate) => moveBySurge(context, candidate, removals)),
    removeAll(removal, others, removals),
  ]);
  if (options.replacementsMs === undefined || baselines.length === 0 || hasFailed(removals)) return;
  const end = await awaitReplacements(continuity, baselines, { timeoutMs: options.replacementsMs });
  if (end.kind === 'timeout') {
    throw new KmaintError(`replacements were not ready in time: ${end.message}`, {
      code: 'timeout',
      exitCode: exitCodes.timeout,
      hint: replacementsHint(continuity, baselines),
    });
  }
}

/** What is gone is missed by no later wave, so a resume would not wait for it: that has to be known beforehand. */
function replacementsHint({ cluster }: ContinuityContext, baselines: readonly Baseline[]): string {
  const namespaces = [...new Set(baselines.map(({ owner }) => owner.namespace))];
  const where = namespaces.length === 1 ? ['-n', ...namespaces] : ['-A'];
  const look = cluster.kubectl('get', 'pods', ...where, '-o', 'wide');
  return `to see what keeps them: ${look}; see to that first, for a resume goes on with the pods that are left and waits for their owners only`;
}

/** Only what runs now is missed when it is gone. */
function live(pods: readonly Pod[], surged: ReadonlySet<string>): readonly Pod[] {
  return pods.filter(({ uid, finished }) => !finished && !surged.has(uid));
}

async function moveBySurge(
  { removal, continuity }: WaveContext,
  { pod, deployment }: SurgeCandidate,
  removals: Map<string, Removal>,
): Promise<void> {
  const { namespace, name, uid } = pod;
  const moved: Removal = {
    pod: { namespace, name, uid },
    state: 'blocked',
    message: `waits for the rollout of Deployment ${namespace}/${deployment.name}`,
  };
  removals.set(uid, moved);
  removal.wrote();
  const end = await surge(continuity, deployment, pod);
  if (end.kind === 'moved') {
    finish(removal, moved, 'surge');
    return;
  }
  moved.state = 'failed';
  moved.message = end.message;
  record(removal.journal, removal.node, moved.pod, 'failed');
  removal.report.emit({ type: 'pod.failed', node: removal.node, pod: moved.pod, message: end.message });
}

/** Removes these pods side by side; a failure of one lets the others go on. */
async function removeAll(
  context: RemovalContext,
  outgoing: readonly PodDecision[],
  removals: Map<string, Removal>,
): Promise<void> {
  await allSettled(
    outgoing.map(({ namespace, name, uid, action }) => {
      const removal: Removal = { pod: { namespace, name, uid }, state: 'waiting-for-turn', message: undefined };
      removals.set(uid, removal);
      return action === 'complete' ? awaitCompletion(context, removal) : removePod(context, removal);
    }),
  );
}

/** Nothing is left half done: the first failure counts when all have come to an end. */
async function allSettled(works: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(works);
  const rejected = ends.find((end) => end.status === 'rejected');
  if (rejected) throw rejected.reason;
}
