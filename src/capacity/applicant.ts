/** A pod that looks for a place: all that decides whether a node takes it. */
import type { Pod } from '../cluster/pod.ts';
import type { Board, Site } from './board.ts';
import { takenPort } from './host-ports.ts';
import { interPodCheck, unclearTerms, type SiteCheck } from './inter-pod.ts';
import { matchesSelection } from './node-affinity.ts';
import type { RoomVolumes } from './placement.ts';
import { being, having, notDoing, type Refusal } from './refusal.ts';
import { footprint, shortOf } from './resources.ts';
import { spreadCheck } from './spread.ts';
import { taintText, tolerates, unschedulableTaint, untolerated } from './tolerations.ts';
import { reaches, volumesOf, type PodVolumes } from './volumes.ts';

export interface Applicant {
  readonly volumes: PodVolumes;
  /** Why it cannot be said that it fits, however much room there is: whole clauses. */
  readonly doubts: readonly string[];
  /** The filters of the scheduler, for the board as it is now; valid until a pod goes or comes. */
  look(): SiteCheck;
}

const notReady = being('not Ready');
const cordoned = being('cordoned');
const tolerablyCordoned = being('cordoned, which it tolerates', { certain: false });
const outsideSelection = notDoing('match its node selector or node affinity');

/** Makes applicants; pods of equal needs share one. */
export function applicantMaker(board: Board, volumes: RoomVolumes | undefined): (pod: Pod) => Applicant {
  const known = new Map<string, Applicant>();
  const fixed = new Map<string, (Refusal | undefined)[]>();
  return (pod) => {
    const key = JSON.stringify([pod.namespace, pod.labels, pod.tolerations, pod.requests, pod.scheduling, pod.volumes]);
    const applicant = known.get(key) ?? createApplicant(board, pod, volumes, fixed);
    known.set(key, applicant);
    return applicant;
  };
}

/** The scheduler whose rules these are. */
const ownScheduler = 'default-scheduler';

/** The name of a scheduler whose rules kmaint does not know. */
export function foreignScheduler({ scheduling: { schedulerName } }: Pod): string | undefined {
  return schedulerName === '' || schedulerName === ownScheduler ? undefined : schedulerName;
}

function createApplicant(
  board: Board,
  pod: Pod,
  known: RoomVolumes | undefined,
  fixed: Map<string, (Refusal | undefined)[]>,
): Applicant {
  const volumes = volumesOf(pod, known);
  const nodeCheck = rememberingNodes(pod, fixed);
  const checks = [nodeCheck, volumeCheck(volumes), resourceCheck(pod), portCheck(pod), interPodCheck(board, pod)];
  const spread = spreadCheck(board, pod);
  return {
    volumes,
    doubts: [...doubtsOf(pod), ...volumes.doubts],
    look() {
      const all = spread ? [...checks, spread()] : checks;
      return (site) => {
        for (const check of all) {
          const refusal = check(site);
          if (refusal) return refusal;
        }
        return undefined;
      };
    },
  };
}

function doubtsOf(pod: Pod): string[] {
  const doubts: string[] = [];
  const { resourceClaims } = pod.scheduling;
  if (resourceClaims.length > 0)
    doubts.push(`devices are allocated to its resource claims ${resourceClaims.join(', ')}`);
  if (unclearTerms(pod)) doubts.push('its pod affinity selects namespaces by label');
  return doubts;
}

/** What the node itself says, which no pod changes: remembered for all pods that ask the same of nodes. */
function rememberingNodes(pod: Pod, fixed: Map<string, (Refusal | undefined)[]>): SiteCheck {
  const { nodeSelector, affinity } = pod.scheduling;
  const key = JSON.stringify([pod.tolerations, nodeSelector, affinity?.nodeAffinity ?? null]);
  const answers = fixed.get(key) ?? [];
  fixed.set(key, answers);
  return (site) => {
    if (!(site.index in answers)) answers[site.index] = nodeRefusal(pod, site);
    return answers[site.index];
  };
}

function nodeRefusal(pod: Pod, { node, draining }: Site): Refusal | undefined {
  if (draining) return being('drained in this run');
  if (node.ready !== 'True') return notReady;
  // Of a cordoned node the taint says nothing more; put there by hand it counts like any other.
  const taints = node.unschedulable ? node.taints.filter(({ key }) => key !== unschedulableTaint.key) : node.taints;
  const taint = untolerated(pod.tolerations, taints);
  if (taint) return having(`a taint it does not tolerate (${taintText(taint)})`);
  if (!matchesSelection(pod.scheduling, node)) return outsideSelection;
  if (!node.unschedulable) return undefined;
  // The scheduler would use it, but somebody is about to work on it: no place to count on, and no refusal for certain.
  return tolerates(pod.tolerations, unschedulableTaint) ? tolerablyCordoned : cordoned;
}

function volumeCheck({ bound }: PodVolumes): SiteCheck {
  return ({ node }) => {
    const far = bound.find(({ volume }) => !reaches(node, volume));
    return far && notDoing(`reach its volume ${far.volume.name}`);
  };
}

function resourceCheck(pod: Pod): SiteCheck {
  const asked = footprint(pod).toSorted(([a], [b]) => (a < b ? -1 : 1));
  // The same few answers for hundreds of nodes.
  const said = new Map<string, Refusal>();
  return ({ free }) => {
    const short = shortOf(free, asked);
    if (short.length === 0) return undefined;
    const names = short.includes('pods') ? 'pods' : short.length === 1 ? (short[0] ?? '') : short.join(' and ');
    const refusal = said.get(names) ?? having(names === 'pods' ? 'no room for another pod' : `too little ${names}`);
    said.set(names, refusal);
    return refusal;
  };
}

function portCheck({ scheduling: { hostPorts } }: Pod): SiteCheck {
  return ({ ports }) => {
    const taken = takenPort(ports, hostPorts);
    return taken && having(`its host port ${taken.port}/${taken.protocol} in use`);
  };
}
