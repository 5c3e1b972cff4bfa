/** The cluster as it would stand: which pods are on which nodes and what is free there, while pods go and come in thought. */
import { labelsText } from '../cluster/labels-text.ts';
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import { hold, type HeldPorts } from './host-ports.ts';
import { requiredTerms, type InterPodTerm, type Subject } from './inter-pod-term.ts';
import type { Room } from './placement.ts';
import { footprint, take } from './resources.ts';
import { createTally, type Question, type Tally } from './tally.ts';

/** A node and what its pods leave of it. */
export interface Site {
  readonly index: number;
  readonly node: Node;
  /** Of this run: it takes no pods, but stays in the picture as a topology domain. */
  readonly draining: boolean;
  /** Thousandths, by resource; `pods` too. */
  readonly free: Readonly<Record<string, number>>;
  readonly ports: HeldPorts;
}

/** Where pods of the cluster avoid others: symmetric anti-affinity. */
interface Avoidance {
  readonly term: InterPodTerm;
  /** How many pods with this term there are, by value of its topology key. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface Board {
  /** In the order of their names. */
  readonly sites: readonly Site[];
  /** Puts a pod on a node. */
  put(pod: Pod, site: Site): void;
  /** Takes a pod off its node, by uid; one that is nowhere stays nowhere. */
  lift(pod: Pick<Pod, 'uid'>): void;
  /** The running count for a question, the same object for the same key. */
  tally(question: Question): Tally;
  /** All anti-affinity terms of pods on nodes, some of them perhaps of no pod any more. */
  avoidances(): Iterable<Avoidance>;
  /** How many there are; grows when a pod brings a new one. */
  readonly avoidanceCount: number;
}

interface Group extends Subject {
  /** How many pods with these labels are on each node. */
  readonly living: Map<Site, number>;
  readonly terminating: Map<Site, number>;
}

interface MutableSite extends Site {
  readonly free: Record<string, number>;
}

/** Sets up the board: finished pods and pods of no known node are not on it. */
export function createBoard(room: Room, draining: ReadonlySet<string>): Board {
  const sites = room.nodes
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((node, index): MutableSite => {
      const free = { ...node.allocatable };
      return { index, node, draining: draining.has(node.name), free, ports: new Map() };
    });
  const byName = new Map(sites.map((site) => [site.node.name, site]));
  const places = new Map<string, { readonly pod: Pod; readonly site: MutableSite }>();
  const groups = new Map<string, Group>();
  const tallies = new Map<string, Tally>();
  const avoidances = new Map<string, { readonly term: InterPodTerm; readonly counts: Map<string, number> }>();

  function change(pod: Pod, site: MutableSite, times: 1 | -1): void {
    take(site.free, footprint(pod), times);
    hold(site.ports, pod.scheduling.hostPorts, times);
    const group = groupOf(pod);
    const counts = isTerminating(pod) ? group.terminating : group.living;
    counts.set(site, (counts.get(site) ?? 0) + times);
    for (const tally of tallies.values()) {
      if (!tally.question.livingOnly || !isTerminating(pod)) tally.add(site.node, pod, times);
    }
    for (const term of requiredTerms(pod, 'podAntiAffinity')) avoid(term, site, times);
  }

  function groupOf({ namespace, labels }: Pod): Group {
    const key = `${namespace} ${labelsText(labels)}`;
    const known = groups.get(key);
    if (known) return known;
    const group = { namespace, labels, living: new Map(), terminating: new Map() };
    groups.set(key, group);
    return group;
  }

  function avoid(term: InterPodTerm, { node }: Site, times: 1 | -1): void {
    const avoidance = avoidances.get(term.key) ?? { term, counts: new Map<string, number>() };
    avoidances.set(term.key, avoidance);
    const value = node.labels[term.topologyKey];
    if (value !== undefined) avoidance.counts.set(value, (avoidance.counts.get(value) ?? 0) + times);
  }

  function counted(question: Question): Tally {
    const tally = createTally(
      question,
      sites.map(({ node }) => node),
    );
    for (const group of groups.values()) {
      if (!question.means(group)) continue;
      for (const [{ node }, count] of group.living) tally.add(node, group, count);
      if (question.livingOnly) continue;
      for (const [{ node }, count] of group.terminating) tally.add(node, group, count);
    }
    return tally;
  }

  const board: Board = {
    sites,
    put(pod, { node }) {
      const site = byName.get(node.name);
      if (!site) return;
      places.set(pod.uid, { pod, site });
      change(pod, site, 1);
    },
    lift({ uid }) {
      const place = places.get(uid);
      if (!place) return;
      places.delete(uid);
      change(place.pod, place.site, -1);
    },
    tally(question) {
      const tally = tallies.get(question.key) ?? counted(question);
      tallies.set(question.key, tally);
      return tally;
    },
    avoidances: () => avoidances.values(),
    get avoidanceCount() {
      return avoidances.size;
    },
  };
  for (const pod of room.pods) {
    const site = byName.get(pod.nodeName);
    if (site && !pod.finished) board.put(pod, site);
  }
  return board;
}

function isTerminating({ deletionTimestamp }: Pod): boolean {
  return deletionTimestamp !== undefined;
}
