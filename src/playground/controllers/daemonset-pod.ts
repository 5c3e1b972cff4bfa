/** The pods of a DaemonSet: what they tolerate, and on which nodes they may run (daemon/util/daemonset_util.go). */
import type { DaemonSet, Node, PodTemplate, Toleration } from './models.ts';
import { matchesNodeAffinity } from './node-affinity.ts';
import type { PodExtras } from './pod-control.ts';
import { toleratesAll } from './taints.ts';

const added: readonly (readonly [condition: string, effect: string])[] = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
];

const templates = new WeakMap<PodTemplate, PodTemplate>();

/** The template with the tolerations that every DaemonSet's pods get: problems of a node must not drive them away. */
export function tolerantTemplate(template: PodTemplate): PodTemplate {
  const known = templates.get(template);
  if (known) return known;
  const extra = template.spec.hostNetwork ? [...added, ['network-unavailable', 'NoSchedule'] as const] : added;
  const tolerations: Toleration[] = [...(template.spec.tolerations ?? [])];
  for (const [condition, effect] of extra) {
    const toleration = { key: `node.kubernetes.io/${condition}`, operator: 'Exists', effect };
    const at = tolerations.findIndex(({ key, operator, effect: other }) => {
      return key === toleration.key && operator === 'Exists' && other === effect;
    });
    if (at < 0) tolerations.push(toleration);
    else tolerations[at] = toleration;
  }
  const tolerant = { ...template, spec: { ...template.spec, tolerations } };
  templates.set(template, tolerant);
  return tolerant;
}

/** What ties a pod to its node: an affinity by the node's name, which replaces other terms' fields. */
export function daemonExtras(template: PodTemplate, nodeName: string, hash: string, generation: string): PodExtras {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [nodeName] }];
  const { affinity } = template.spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = required?.nodeSelectorTerms?.length
    ? required.nodeSelectorTerms.map((term) => ({ ...term, matchFields }))
    : [{ matchFields }];
  return {
    labels: { 'controller-revision-hash': hash, 'pod-template-generation': generation },
    spec: {
      affinity: {
        ...affinity,
        nodeAffinity: {
          ...affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
        },
      },
    },
  };
}

/** May a pod of the set start on the node, and may one that runs there stay (NodeShouldRunDaemonPod)? */
export function shouldRun(set: DaemonSet, node: Node): { readonly run: boolean; readonly stay: boolean } {
  const { spec } = tolerantTemplate(set.spec.template);
  if ((spec.nodeName ?? node.metadata.name) !== node.metadata.name) return { run: false, stay: false };
  if (!matchesNodeAffinity({ spec }, node)) return { run: false, stay: false };
  const { taints } = node.spec ?? {};
  if (toleratesAll(spec.tolerations, taints, ['NoSchedule', 'NoExecute'])) return { run: true, stay: true };
  return { run: false, stay: toleratesAll(spec.tolerations, taints, ['NoExecute']) };
}
