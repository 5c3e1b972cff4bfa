/** Looks for a place for each pod that leaves, as the scheduler would, one after the other. */
import type { Pod } from '../cluster/pod.ts';
import { podName } from '../cluster/pod.ts';
import { applicantMaker, foreignScheduler, type Applicant } from './applicant.ts';
import { createBoard, type Board, type Site } from './board.ts';
import type { Placement, Room } from './placement.ts';
import { describeRefusals, type Refusal } from './refusal.ts';
import { heldBack } from './volumes.ts';

/**
 * Simulates where the replacements of `leaving` would run: all of them gone at first, then placed in the order of their
 * priority and size, each on the first node (by name) that all filters of the scheduler let through, where it uses up
 * room for those after it. It is a witness: another packing may do better, and the scheduler may choose otherwise.
 * Not looked at: preemption, quotas, attach limits, and pods that wait for a node already.
 *
 * @param draining names of the nodes of the run: domains for topology spread still, but they take no pods
 * @param leaving pods with a controller that will replace them; the caller leaves out DaemonSet, mirror and finished ones
 * @returns a placement by uid for each of `leaving`
 */
export function placePods(
  room: Room,
  draining: ReadonlySet<string>,
  leaving: readonly Pod[],
): ReadonlyMap<string, Placement> {
  const stage = setStage(room, draining, leaving);
  // Nothing is ever put there: it answers for each pod as if it were the only one that looks for a place.
  let empty: Stage | undefined;
  const alone = (pod: Pod): Site | undefined => {
    empty ??= setStage(room, draining, leaving);
    return search(empty, empty.applicantFor(pod)).site;
  };
  return new Map(leaving.toSorted(byUrgency).map((pod) => [pod.uid, place(stage, pod, alone)]));
}

/** A board that the leaving pods have left, and what was found out on it. */
interface Stage {
  readonly board: Board;
  readonly applicantFor: (pod: Pod) => Applicant;
  /** By node, refusals that no coming pod lifts: here pods only come. */
  readonly closed: Map<Applicant, (Refusal | undefined)[]>;
  /** How many pods were put there. */
  readonly taken: { count: number };
}

function setStage(room: Room, draining: ReadonlySet<string>, leaving: readonly Pod[]): Stage {
  const board = createBoard(room, draining);
  for (const pod of leaving) board.lift(pod);
  return { board, applicantFor: applicantMaker(board, room.volumes), closed: new Map(), taken: { count: 0 } };
}

/** Also for a pod that only may fit: its room is set aside, lest the same be promised to another. */
function place(stage: Stage, pod: Pod, alone: (pod: Pod) => Site | undefined): Placement {
  const scheduler = foreignScheduler(pod);
  if (scheduler !== undefined) {
    return { verdict: 'unknown', reason: `the scheduler ${scheduler} decides, whose rules are its own` };
  }
  const applicant = stage.applicantFor(pod);
  const { site, refusals } = search(stage, applicant);
  if (site) {
    // A replacement is no longer terminating.
    stage.board.put({ ...pod, nodeName: site.node.name, deletionTimestamp: undefined }, site);
    stage.taken.count += 1;
    if (applicant.doubts.length === 0) return { verdict: 'fits', node: site.node.name };
    return { verdict: 'unknown', reason: applicant.doubts.join('; ') };
  }
  const held = heldBack(applicant.volumes, stage.board);
  if (held !== undefined) return { verdict: 'does-not-fit', reason: held };
  const reason = describeRefusals(refusals);
  if (!refusals.every(({ certain }) => certain)) {
    return { verdict: 'unknown', reason: `no node takes it for certain; ${reason}` };
  }
  const free = stage.taken.count === 0 ? undefined : alone(pod);
  const crowded = free ? `; alone it would fit on ${free.node.name}, but other pods of the run come first` : '';
  return { verdict: 'does-not-fit', reason: `${reason}${crowded}` };
}

interface Search {
  readonly site: Site | undefined;
  /** One for each remaining node, when there is no site. */
  readonly refusals: readonly Refusal[];
}

function search({ board, closed }: Stage, applicant: Applicant): Search {
  const known = closed.get(applicant) ?? [];
  closed.set(applicant, known);
  const check = applicant.look();
  const refusals: Refusal[] = [];
  for (const site of board.sites) {
    if (site.draining) continue;
    const refusal = known[site.index] ?? check(site);
    if (!refusal) return { site, refusals: [] };
    if (refusal.lasting) known[site.index] = refusal;
    refusals.push(refusal);
  }
  return { site: undefined, refusals };
}

/** The scheduler's queue goes by priority; among equals large pods first, which leaves the fewest without a place. */
function byUrgency(a: Pod, b: Pod): number {
  return (
    b.priority - a.priority ||
    (b.requests['cpu'] ?? 0) - (a.requests['cpu'] ?? 0) ||
    (b.requests['memory'] ?? 0) - (a.requests['memory'] ?? 0) ||
    compareTexts(podName(a), podName(b)) ||
    compareTexts(a.uid, b.uid)
  );
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
