/** Which pods would stand more evenly if they moved to a node that takes pods again. */
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import { applicantMaker, foreignScheduler } from './applicant.ts';
import { createBoard, type Board, type Site } from './board.ts';
import type { Room } from './placement.ts';
import { unschedulableTaint } from './tolerations.ts';
import { volumesOf } from './volumes.ts';

/** A pod that would go, so that its replacement can come to `to`. */
export interface Move {
  readonly pod: Pod;
  readonly from: string;
  readonly to: string;
  /** `ReplicaSet shop/web` */
  readonly workload: string;
  /** `ReplicaSet web has 3 there and 0 here` */
  readonly why: string;
}

/** A controller's pods by node. */
interface Herd {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly pods: Pod[];
  readonly counts: Map<string, number>;
}

/**
 * Proposes moves to one node, of pods whose controller replaces them, from nodes with at least two more of its pods.
 * It never makes a spread more uneven, and takes no pod that would lose data, that opted out, that is not certain to
 * fit, or whose controller has a pod that is not ready. The scheduler is free to put the replacement elsewhere.
 *
 * @returns the moves in the order in which they make most of a difference; empty for a node that takes no pods
 */
export function proposeMoves(room: Room, target: Node): readonly Move[] {
  return proposeMovesTo(room, [target]);
}

/** As {@link proposeMoves}, for several nodes that take pods again: no pod moves twice. */
export function proposeMovesTo(room: Room, targets: readonly Node[]): readonly Move[] {
  const open = new Set(targets.filter(takesPods).map(({ name }) => name));
  if (open.size === 0) return [];
  const nodes = room.nodes.map((node) => (open.has(node.name) ? withoutCordonTaint(node) : node));
  const board = createBoard({ ...room, nodes }, new Set());
  const here = board.sites.filter(({ node }) => open.has(node.name));
  const applicantFor = applicantMaker(board, room.volumes);
  const fits = (pod: Pod, site: Site): boolean => {
    if (foreignScheduler(pod) !== undefined) return false;
    const applicant = applicantFor(pod);
    return applicant.doubts.length === 0 && applicant.look()(site) === undefined;
  };
  return herdsOf(room, board.sites)
    .toSorted(
      (a, b) => gapOf(b, open) - gapOf(a, open) || compareTexts(nameOf(a), nameOf(b)) || compareTexts(a.uid, b.uid),
    )
    .flatMap((herd) => movesOf(herd, here, board, room, fits));
}

/** The node controller needs a moment to take its taint off a node that was just uncordoned. */
function withoutCordonTaint(node: Node): Node {
  return { ...node, taints: node.taints.filter(({ key }) => key !== unschedulableTaint.key) };
}

/** Whether the scheduler may send pods there. */
export function takesPods({ ready, unschedulable, deletionTimestamp }: Node): boolean {
  return ready === 'True' && !unschedulable && deletionTimestamp === undefined;
}

const replacing: ReadonlySet<string> = new Set([
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
  'v1/ReplicationController',
]);

/** Herds at rest: one with a pod on its way or in trouble is not made smaller still. */
function herdsOf({ pods }: Room, sites: readonly Site[]): readonly Herd[] {
  const herds = new Map<string, Herd>();
  const restless = new Set<string>();
  for (const pod of pods) {
    const { controller, namespace, nodeName } = pod;
    if (!controller || pod.finished || !replacing.has(`${controller.apiVersion}/${controller.kind}`)) continue;
    const { kind, name, uid } = controller;
    if (!pod.ready || pod.deletionTimestamp !== undefined || nodeName === '') restless.add(uid);
    const herd = herds.get(uid) ?? { kind, namespace, name, uid, pods: [], counts: new Map<string, number>() };
    herds.set(uid, herd);
    herd.pods.push(pod);
    herd.counts.set(nodeName, (herd.counts.get(nodeName) ?? 0) + 1);
  }
  const known = new Set(sites.map(({ node }) => node.name));
  return [...herds.values()].filter(
    ({ uid, counts }) => !restless.has(uid) && [...counts.keys()].every((name) => known.has(name)),
  );
}

/** How many more the fullest node has than the emptiest of the targets. */
function gapOf({ counts }: Herd, open: ReadonlySet<string>): number {
  return Math.max(...counts.values()) - Math.min(...[...open].map((name) => counts.get(name) ?? 0));
}

function movesOf(
  herd: Herd,
  here: readonly Site[],
  board: Board,
  room: Room,
  fits: (pod: Pod, site: Site) => boolean,
): readonly Move[] {
  const candidates = herd.pods.filter((pod) => mayMove(pod, room)).toSorted(youngestFirst);
  const counts = new Map(herd.counts);
  const moves: Move[] = [];
  for (;;) {
    const next = nextMove(candidates, counts, here, board, fits);
    if (!next) return moves;
    const { pod, site } = next;
    const [there, then] = [counts.get(pod.nodeName) ?? 0, counts.get(site.node.name) ?? 0];
    const former = moves.length > 0 ? ' by then' : '';
    moves.push({
      pod,
      from: pod.nodeName,
      to: site.node.name,
      workload: nameOf(herd),
      why: `${herd.kind} ${herd.name} has ${there} there and ${then} here${former}`,
    });
    counts.set(pod.nodeName, there - 1).set(site.node.name, then + 1);
    candidates.splice(candidates.indexOf(pod), 1);
  }
}

/** The move over the widest gap; when it is found the board is already as after it. */
function nextMove(
  candidates: readonly Pod[],
  counts: ReadonlyMap<string, number>,
  here: readonly Site[],
  board: Board,
  fits: (pod: Pod, site: Site) => boolean,
): { readonly pod: Pod; readonly site: Site } | undefined {
  const count = (name: string): number => counts.get(name) ?? 0;
  const sites = here.toSorted((a, b) => count(a.node.name) - count(b.node.name));
  const pods = candidates.toSorted(
    (a, b) => count(b.nodeName) - count(a.nodeName) || compareTexts(a.nodeName, b.nodeName),
  );
  for (const site of sites) {
    for (const pod of pods) {
      if (count(pod.nodeName) - count(site.node.name) < 2) break;
      const from = board.sites.find(({ node }) => node.name === pod.nodeName);
      board.lift(pod);
      if (fits(pod, site)) {
        board.put({ ...pod, nodeName: site.node.name }, site);
        return { pod, site };
      }
      if (from) board.put(pod, from);
    }
  }
  return undefined;
}

/** Annotations by which owners keep autoscalers from moving a pod: they mean us as well. */
const optOuts = [
  ['cluster-autoscaler.kubernetes.io/safe-to-evict', 'false'],
  ['karpenter.sh/do-not-disrupt', 'true'],
] as const;

/** A move is a convenience: not worth any data, nor what is not known. */
function mayMove(pod: Pod, { volumes }: Room): boolean {
  if (pod.mirror || optOuts.some(([key, value]) => pod.annotations[key] === value)) return false;
  if (pod.volumes.some(({ kind }) => kind === 'emptyDir' || kind === 'hostPath' || kind === 'ephemeral')) return false;
  const { bound, doubts } = volumesOf(pod, volumes);
  return doubts.length === 0 && bound.every(({ volume }) => !volume.local);
}

/** The youngest has the least to lose. */
function youngestFirst(a: Pod, b: Pod): number {
  return (
    compareTexts(b.creationTimestamp ?? '', a.creationTimestamp ?? '') ||
    compareTexts(a.name, b.name) ||
    compareTexts(a.uid, b.uid)
  );
}

function nameOf({ kind, namespace, name }: Herd): string {
  return `${kind} ${namespace}/${name}`;
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
