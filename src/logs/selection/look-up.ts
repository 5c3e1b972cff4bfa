/** Looks up what a query names, and turns it into claims on pods. */
import type { LogOwner, LogOwnerKind, OwnerAnswer } from '../../cluster/log-owner.ts';
import {
  controlledBy,
  jobPodLabel,
  ownsPods,
  replicaSetsOf,
  scheduledBy,
  type Claim,
  type PodOwnerKind,
  type PodTest,
} from './claim.ts';
import { kindOf, typed } from './kinds.ts';
import { foundIn, namespacesFor, type LookUpInput, type OwnerSource } from './look-up-input.ts';
import { nodesByLabel, nodesByName } from './look-up-nodes.ts';
import type { NameTest } from './names.ts';
import { forbidden, missing, unusable } from './owner-problem.ts';
import type { Source } from './query.ts';

/** Undefined: every namespace, in one request. */
type Place = string | undefined;

/** The claims of one source; none when `problem` was told why. Throws what the lookup throws. */
export async function lookUp(source: Source, input: LookUpInput): Promise<readonly Claim[]> {
  switch (source.kind) {
    case 'pods': {
      const { namespace, exactName, container } = source;
      const test: PodTest = ({ name }) => source.test(name);
      const fieldSelector = exactName === undefined ? undefined : `metadata.name=${exactName}`;
      return [
        { namespaces: namespacesFor(namespace, input), labelSelector: undefined, fieldSelector, test, container },
      ];
    }
    case 'nodes':
      return nodesByLabel(source.labelSelector, input);
    case 'owners':
      return source.owner === 'Node' ? nodesByName(source, input) : ownersByName(source, source.owner, input);
  }
}

async function ownersByName(source: OwnerSource, kind: LogOwnerKind, input: LookUpInput): Promise<readonly Claim[]> {
  const { name, exact, test, container } = source;
  const { lookup, kubectl, signal, problem } = input;
  const places: readonly Place[] = namespacesFor(source.namespace, input) ?? [undefined];
  const ask = (namespace: Place): Promise<OwnerAnswer> =>
    exact ? lookup.named(kind, name, { namespace, signal }) : lookup.list(kind, { namespace, signal });
  const answers = await Promise.all(places.map(async (place) => ({ place, answer: await ask(place) })));
  const there = answers.flatMap(({ answer }) => foundIn(answer));
  const owners = there.filter((owner) => test(owner.name));
  const refused = answers.flatMap(({ place, answer }) =>
    answer.kind === 'forbidden' ? [{ place, message: answer.message }] : [],
  );
  const believed = refused.length === 0 ? [] : withoutReading(source, kind, refused, owners.length > 0, input);
  if (owners.length === 0 && refused.length === 0) {
    problem(missing(kind, name, places, exact ? await neighbours(kind, places, input) : there, kubectl));
    return [];
  }
  // Something of such a name that is made later counts too.
  if (!exact && ownsPods(kind) && input.ownerFilter) {
    return places.map((place) => byReference(kind, test, place, container));
  }
  if (!exact && kind === 'CronJob') return places.map((place) => bySchedule(test, place, container, input));
  const found = await Promise.all(owners.map((owner) => claimsOf(owner, container, input)));
  return [...believed, ...found.flat()];
}

interface Refused {
  readonly place: Place;
  readonly message: string;
}

/** What is followed where the owner may not be read: who controls a pod stands on the pod itself, and nothing else does. */
function withoutReading(
  { name, test, container }: OwnerSource,
  kind: LogOwnerKind,
  refused: readonly Refused[],
  foundElsewhere: boolean,
  { problem, note }: LookUpInput,
): readonly Claim[] {
  if (ownsPods(kind)) {
    note(`${typed(kind, name)} may not be read; its pods are told by their owner references`);
    return refused.map(({ place }) => byReference(kind, test, place, container));
  }
  for (const { place, message } of refused) {
    if (!foundElsewhere) problem(forbidden(kind, name, message));
    else note(`${typed(kind, name)} may not be read in namespace ${place}, and is only followed elsewhere`);
  }
  return [];
}

/** By owner reference alone. */
function byReference(kind: PodOwnerKind, name: NameTest, place: Place, container: NameTest | undefined): Claim {
  const namespaces = place === undefined ? undefined : [place];
  const labelSelector = kind === 'Deployment' ? 'pod-template-hash' : undefined;
  return { namespaces, labelSelector, fieldSelector: undefined, test: controlledBy(kind, name), container };
}

function bySchedule(name: NameTest, place: Place, container: NameTest | undefined, { jobs }: LookUpInput): Claim {
  const namespaces = place === undefined ? undefined : [place];
  return { namespaces, labelSelector: jobPodLabel, fieldSelector: undefined, test: scheduledBy(name, jobs), container };
}

async function claimsOf(
  owner: LogOwner,
  container: NameTest | undefined,
  input: LookUpInput,
): Promise<readonly Claim[]> {
  const { kind, name, namespace, podSelector } = owner;
  const claim = (labelSelector: string | undefined, test: PodTest): Claim => ({
    namespaces: [namespace],
    labelSelector,
    fieldSelector: undefined,
    test,
    container,
  });
  if (kind === 'Ingress') return behindIngress(owner, container, input);
  if (kind === 'HorizontalPodAutoscaler') return scaledBy(owner, container, input);
  if (kind === 'CronJob')
    return [
      claim(
        jobPodLabel,
        scheduledBy((one) => one === name, input.jobs),
      ),
    ];
  if (ownsPods(kind) && (input.ownerFilter || podSelector === undefined)) {
    const replicaSets = kind === 'Deployment' ? await readReplicaSets(owner, input) : undefined;
    const own = claim(
      podSelector?.text,
      controlledBy(kind, (one) => one === name, replicaSets),
    );
    return [podSelector ? { ...own, pickedBy: { owner: typed(kind, name), matches: podSelector.matches } } : own];
  }
  if (podSelector !== undefined) return [claim(podSelector.text, ({ labels }) => podSelector.matches(labels))];
  input.problem(unusable(owner, 'has no selector, so no pods are known to be behind it', input.kubectl));
  return [];
}

async function readReplicaSets(deployment: LogOwner, { lookup, signal }: LookUpInput) {
  const { namespace, podSelector } = deployment;
  const labelSelector = podSelector?.text || undefined;
  const answer = await lookup.list('ReplicaSet', { namespace, labelSelector, signal });
  return replicaSetsOf(deployment, foundIn(answer));
}

async function behindIngress(
  ingress: LogOwner,
  container: NameTest | undefined,
  input: LookUpInput,
): Promise<readonly Claim[]> {
  const { namespace, services } = ingress;
  const { lookup, signal, problem, note } = input;
  const scope = { namespace, signal };
  const answers = await Promise.all(services.map((name) => lookup.named('Service', name, scope)));
  const found: LogOwner[] = [];
  for (const [index, answer] of answers.entries()) {
    const name = services[index] ?? '';
    if (answer.kind === 'forbidden') {
      problem(forbidden('Service', name, answer.message));
      return [];
    }
    const usable = answer.owners.filter(({ podSelector }) => podSelector !== undefined);
    if (usable.length === 0) note(`Service ${namespace}/${name} behind ing/${ingress.name} leads to no pods; left out`);
    found.push(...usable);
  }
  if (found.length === 0) problem(unusable(ingress, 'has no Service with pods behind it', input.kubectl));
  return (await Promise.all(found.map((service) => claimsOf(service, container, input)))).flat();
}

async function scaledBy(
  autoscaler: LogOwner,
  container: NameTest | undefined,
  input: LookUpInput,
): Promise<readonly Claim[]> {
  const { namespace, scales } = autoscaler;
  const kind = scales && kindOf(groupQualified(scales));
  if (!scales || kind === undefined || kind === 'Pod' || !ownsPods(kind)) {
    input.problem(
      unusable(autoscaler, `scales ${scales?.kind ?? 'nothing'}, which kmaint cannot follow`, input.kubectl),
    );
    return [];
  }
  const { name } = scales;
  const test: NameTest = (one) => one === name;
  return ownersByName({ kind: 'owners', owner: kind, namespace, name, exact: true, test, container }, kind, input);
}

function groupQualified({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  return apiVersion.includes('/') ? `${kind}.${apiVersion.split('/')[0]}` : kind;
}

/** The names that were perhaps meant. */
async function neighbours(
  kind: LogOwnerKind,
  places: readonly Place[],
  { lookup, signal }: LookUpInput,
): Promise<readonly LogOwner[]> {
  const answers = await Promise.all(places.map((namespace) => lookup.list(kind, { namespace, signal })));
  return answers.flatMap(foundIn);
}
