/** What removing a pod puts at risk in the rest of the cluster: its workload, its volumes, its images, its new place. */
import type { V1NodeSelectorRequirement } from '@kubernetes/client-node';
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import { podName } from '../cluster/pod.ts';
import type { PersistentVolume } from '../cluster/volume.ts';
import type { Wire } from '../cluster/wire.ts';
import { claimsOf, ownerOf, workloadKey } from './facts.ts';
import type { Risk } from './plan.ts';
import type { PlanScope } from './plan-scope.ts';
import { systemRole } from './system-pods.ts';

/** Everything that is at risk beyond the pod itself; what was not read is left out, except where silence would deceive. */
export function clusterRisks(pod: Pod, node: Node, scope: PlanScope): Risk[] {
  if (pod.finished || pod.deletionTimestamp !== undefined) return [];
  return [
    ...ownerRisks(pod, node.name, scope),
    ...systemRisks(pod, scope),
    ...volumeRisks(pod, node, scope),
    ...imageRisks(pod, scope),
    ...placementRisks(pod, scope),
  ];
}

function ownerRisks(pod: Pod, node: string, { facts }: PlanScope): Risk[] {
  const owner = facts && ownerOf(pod, facts);
  if (!owner) return [];
  const risks: Risk[] = [];
  if (owner.templateNodeName === node) {
    const message = `its ${owner.kind} ${owner.name} names this node in its template, so it comes straight back past the cordon`;
    risks.push({ kind: 'bound-by-name', message });
  }
  // A pod without a container running serves nobody.
  if (owner.replicas === 1 && pod.phase !== 'Pending') {
    const message = `is the only replica of its ${owner.kind} ${owner.name}, which is down until the replacement is ready`;
    risks.push({ kind: 'single-replica', message });
  }
  return risks;
}

function systemRisks(pod: Pod, { facts, readyLeaving }: PlanScope): Risk[] {
  const owner = facts && ownerOf(pod, facts);
  const role = systemRole(pod, owner);
  if (!owner || !role || !pod.ready) return [];
  const going = readyLeaving.get(workloadKey(owner)) ?? 0;
  if (going < owner.readyReplicas) return [];
  const what = `all ready replicas of ${owner.kind} ${podName(owner)} (${going}) are on the nodes of this plan`;
  return [{ kind: 'system-replicas', message: `${what}: ${role}` }];
}

function volumeRisks(pod: Pod, node: Node, { facts }: PlanScope): Risk[] {
  return claimsOf(pod).flatMap((claim): Risk[] => {
    const volume = facts?.volumes?.get(claim);
    if (!volume || volume === 'unbound') return [];
    if (!volume.local && !isTiedTo(volume, node)) return [];
    const where = `claim ${claim} is bound to ${volume.name} on this node's own disk`;
    const consequence =
      volume.nodeTerms.length > 0
        ? 'the replacement stays Pending until the node is back'
        : 'a replacement on another node finds none of its data';
    return [{ kind: 'local-volume', message: `${where}: ${consequence}` }];
  });
}

const hostnameLabel = 'kubernetes.io/hostname';

/**
 * Whether none of the volume's terms can match another node, as with CSI drivers of local disks. A driver's own key
 * says nothing for sure: a zone may be called like a node.
 */
function isTiedTo({ nodeTerms }: PersistentVolume, { name, labels }: Node): boolean {
  const hostname = labels[hostnameLabel] ?? name;
  return (
    nodeTerms.length > 0 &&
    nodeTerms.every(
      ({ matchExpressions = [], matchFields = [] }) =>
        matchExpressions.some((requirement) => allowsOnly(requirement, hostnameLabel, hostname)) ||
        matchFields.some((requirement) => allowsOnly(requirement, 'metadata.name', name)),
    )
  );
}

function allowsOnly(requirement: Wire<V1NodeSelectorRequirement>, key: string, value: string): boolean {
  const { operator, values = [] } = requirement;
  return requirement.key === key && operator === 'In' && values.length === 1 && values[0] === value;
}

function imageRisks(pod: Pod, scope: PlanScope): Risk[] {
  const never = pod.containers.filter(({ imagePullPolicy }) => imagePullPolicy === 'Never').map(({ image }) => image);
  return [...new Set(never)].flatMap((image): Risk[] => {
    const elsewhere = scope.hasImage(image);
    if (elsewhere === 'yes') return [];
    const what = `its image ${image} is never pulled (imagePullPolicy: Never), and `;
    return [
      {
        kind: 'image-never',
        message: `${what}${elsewhere === 'no' ? 'no other node has it' : 'whether another node has it is not known'}`,
      },
    ];
  });
}

function placementRisks(pod: Pod, { placements }: PlanScope): Risk[] {
  const placement = placements.get(pod.uid);
  switch (placement?.verdict) {
    case 'does-not-fit':
      return [{ kind: 'does-not-fit', message: `its replacement fits on no other node: ${placement.reason}` }];
    case 'unknown':
      return [
        { kind: 'fit-unknown', message: `whether its replacement fits elsewhere is unknown: ${placement.reason}` },
      ];
    default:
      return [];
  }
}

/** The kubelet names so many images in the node's status (`--node-status-max-images`), the largest ones. */
const mostImagesOfNode = 50;

/** Whether one of these nodes has the image; unknown where one of them may have more than it tells. */
export function imageFinder(nodes: readonly Node[] | undefined): (image: string) => 'yes' | 'no' | 'unknown' {
  if (!nodes) return () => 'unknown';
  const names = new Set(nodes.flatMap(({ images }) => images.map(fullImageName)));
  const incomplete = nodes.some(({ images }) => images.length >= mostImagesOfNode);
  return (image) => (names.has(fullImageName(image)) ? 'yes' : incomplete ? 'unknown' : 'no');
}

/** As the runtime names it: `nginx` is `docker.io/library/nginx:latest`. */
export function fullImageName(image: string): string {
  const slash = image.indexOf('/');
  const host = slash < 0 ? '' : image.slice(0, slash);
  const hasHost = /[.:]/.test(host) || host === 'localhost';
  const path = hasHost ? image : slash < 0 ? `docker.io/library/${image}` : `docker.io/${image}`;
  return path.includes('@') || path.lastIndexOf(':') > path.lastIndexOf('/') ? path : `${path}:latest`;
}
