/** Required pod affinity and anti-affinity: what the pods on other nodes say about a node. */
import type { Pod } from '../cluster/pod.ts';
import type { Board, Site } from './board.ts';
import { requiredTerms, type InterPodTerm, type Subject } from './inter-pod-term.ts';
import { having, notDoing, type Refusal } from './refusal.ts';
import type { Tally } from './tally.ts';

const lacksAffinity = notDoing('have the pods that its affinity asks for', { lasting: false });
const isAvoided = having('pods that its anti-affinity avoids');
const avoidsIt = having('pods whose anti-affinity avoids it');
const mayAvoidIt = having('pods whose anti-affinity may avoid it (it selects namespaces by label)', { certain: false });

/** Judges a node by the pods on the board as they are then. */
export type SiteCheck = (site: Site) => Refusal | undefined;

/** Terms of the pod itself that kmaint cannot judge. */
export function unclearTerms(pod: Pod): boolean {
  return (['podAffinity', 'podAntiAffinity'] as const).some((kind) =>
    requiredTerms(pod, kind).some(({ clear }) => !clear),
  );
}

/**
 * All checks of plugin InterPodAffinity, for one pod. Terms that are not clear are passed over: the caller says so.
 * Pods that are being deleted count still, as they do for the scheduler.
 */
export function interPodCheck(board: Board, pod: Pod): SiteCheck {
  const checks = [affinityCheck(board, pod), antiAffinityCheck(board, pod), avoidedCheck(board, pod)];
  return (site) => {
    for (const check of checks) {
      const refusal = check(site);
      if (refusal) return refusal;
    }
    return undefined;
  };
}

/** Only pods that all terms mean count, as in the scheduler. */
function affinityCheck(board: Board, pod: Pod): SiteCheck {
  const terms = requiredTerms(pod, 'podAffinity');
  // Counted together, terms say nothing without the one that is not clear.
  if (terms.length === 0 || !terms.every(({ clear }) => clear)) return () => undefined;
  const means = (subject: Subject): boolean => terms.every((term) => term.means(subject) === true);
  const key = JSON.stringify(terms.map((term) => term.key));
  const tallies = terms.map(({ topologyKey }) =>
    board.tally({ key: `affinity ${topologyKey} ${key}`, topologyKey, means, livingOnly: false }),
  );
  const meansItself = means(pod);
  return ({ node }) => {
    let found = true;
    for (const tally of tallies) {
      const value = node.labels[tally.question.topologyKey];
      if (value === undefined) return lacksAffinity;
      if ((tally.counts.get(value) ?? 0) <= 0) found = false;
    }
    // The first pod of a group that wants to be together may go anywhere.
    const first = meansItself && tallies.every(({ total }) => total === 0);
    return found || first ? undefined : lacksAffinity;
  };
}

function antiAffinityCheck(board: Board, pod: Pod): SiteCheck {
  const tallies = requiredTerms(pod, 'podAntiAffinity')
    .filter(({ clear }) => clear)
    .map(({ key, topologyKey, means }): Tally =>
      board.tally({
        key: `anti-affinity ${key}`,
        topologyKey,
        means: (subject) => means(subject) === true,
        livingOnly: false,
      }),
    );
  return ({ node }) => {
    const taken = tallies.some(({ question, counts }) => isTaken(counts, node.labels[question.topologyKey]));
    return taken ? isAvoided : undefined;
  };
}

/** Pods that are there already keep this one away by their own anti-affinity. */
function avoidedCheck(board: Board, pod: Pod): SiteCheck {
  let seen = 0;
  let against: { readonly term: InterPodTerm; readonly counts: ReadonlyMap<string, number> }[] = [];
  return ({ node }) => {
    if (seen !== board.avoidanceCount) {
      against = [...board.avoidances()].filter(({ term }) => term.means(pod) !== false);
      seen = board.avoidanceCount;
    }
    let refusal: Refusal | undefined;
    for (const { term, counts } of against) {
      if (!isTaken(counts, node.labels[term.topologyKey])) continue;
      if (term.means(pod) === true) return avoidsIt;
      refusal = mayAvoidIt;
    }
    return refusal;
  };
}

function isTaken(counts: ReadonlyMap<string, number>, value: string | undefined): boolean {
  return value !== undefined && (counts.get(value) ?? 0) > 0;
}
