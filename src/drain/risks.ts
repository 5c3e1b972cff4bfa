/** What a drain may cost, said before it happens; risks stop nothing unless `--strict` asks for it. */
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import { deletionTimeMs, podName } from '../cluster/pod.ts';
import type { BudgetVerdict } from './budgets.ts';
import type { DrainPolicy, Risk, RiskKind } from './plan.ts';
import { nodeProfile } from './unreachable/profile.ts';

/** The risks that `--strict` turns into blockers: the drain could not end well. */
export const strictRisks: ReadonlySet<RiskKind> = new Set([
  'budget-never',
  'tolerates-unschedulable',
  'bound-by-name',
  'does-not-fit',
  'local-volume',
  'single-replica',
]);

/** A pod that may take longer than this to end is worth a word. */
const longGraceSeconds = 300;

/**
 * Everything that removing this pod puts at risk, from the pod and the state of its node.
 *
 * @param nowMs milliseconds since the epoch: when it would be asked to go
 */
export function podRisks(pod: Pod, node: Pick<Node, 'ready'>, policy: DrainPolicy, nowMs: number): Risk[] {
  const risks: Risk[] = [];
  if (!pod.finished) {
    for (const volume of pod.volumes) {
      if (volume.kind === 'emptyDir') {
        risks.push(
          volume.inMemory
            ? { kind: 'empty-dir-memory', message: `data of its in-memory emptyDir ${volume.name} is deleted` }
            : { kind: 'empty-dir', message: `data of its emptyDir ${volume.name} is deleted` },
        );
      } else if (volume.kind === 'hostPath') {
        risks.push({ kind: 'host-path', message: `its hostPath volume ${volume.name} stays behind on this node` });
      } else if (volume.kind === 'ephemeral') {
        risks.push({
          kind: 'ephemeral-volume',
          message: `data of its ephemeral volume ${volume.name} is deleted with its claim`,
        });
      }
    }
    if (pod.controller?.kind === 'Job') {
      risks.push({
        kind: 'job',
        message: `its Job ${pod.controller.name} counts it as failed and begins its work anew`,
      });
    }
  }
  if (pod.finalizers.length > 0) {
    risks.push({
      kind: 'finalizers',
      message: `stays until its finalizers are removed: ${pod.finalizers.join(', ')}`,
    });
  }
  if (pod.controller && !pod.finished && toleratesUnschedulable(pod)) {
    risks.push({
      kind: 'tolerates-unschedulable',
      message: `tolerates the cordon, so its ${pod.controller.kind} may bring it straight back to this node`,
    });
  }
  risks.push(...graceRisks(pod, node, policy), ...longGraceRisks(pod, policy, nowMs));
  return risks;
}

/** Of a terminating pod the deletion time counts, which no later wish prolongs. */
function longGraceRisks(pod: Pod, policy: DrainPolicy, nowMs: number): Risk[] {
  if (pod.finished) return [];
  const graceMs = (policy.gracePeriodSeconds ?? pod.terminationGracePeriodSeconds) * 1000;
  const endMs = deletionTimeMs(pod) ?? nowMs + graceMs;
  const seconds = Math.ceil((endMs - nowMs) / 1000);
  if (!(seconds > longGraceSeconds)) return [];
  const asked = pod.deletionTimestamp === undefined ? ' if it is asked now' : '';
  // No calendar has the end of the longest grace periods that can be written.
  const end = endMs > 8.64e15 ? '' : `, until ${new Date(endMs).toISOString().replace(/\.\d{3}Z$/, 'Z')}${asked}`;
  return [{ kind: 'long-grace', message: `may take ${seconds}s to stop${end}` }];
}

function graceRisks(pod: Pod, node: Pick<Node, 'ready'>, policy: DrainPolicy): Risk[] {
  const grace = policy.gracePeriodSeconds;
  if (grace === undefined || pod.finished || pod.deletionTimestamp !== undefined) return [];
  if (grace === 0) {
    return [
      {
        kind: 'immediate',
        message: 'is removed at once, without waiting for its containers to stop (--grace-period=0)',
      },
    ];
  }
  // Of a silent node that is said once, of the node: nobody there would give the pod more time.
  if (grace >= pod.terminationGracePeriodSeconds || nodeProfile(node) === 'unreachable') return [];
  return [
    {
      kind: 'shorter-grace',
      message: `gets ${grace}s to stop instead of its own ${pod.terminationGracePeriodSeconds}s`,
    },
  ];
}

/** Whether the scheduler may bind a pod like this one to a cordoned node. */
function toleratesUnschedulable(pod: Pod): boolean {
  return pod.tolerations.some(
    ({ key, operator, value, effect }) =>
      (effect === undefined || effect === '' || effect === 'NoSchedule') &&
      (key === undefined || key === '' || key === 'node.kubernetes.io/unschedulable') &&
      (operator === 'Exists' || (key !== undefined && key !== '' && (value ?? '') === '')),
  );
}

/** What the pod's budget means for the drain. */
export function budgetRisks(pod: Pod, verdict: BudgetVerdict, policy: DrainPolicy): Risk[] {
  switch (verdict.kind) {
    case 'free':
      return [];
    case 'several':
      return policy.disableEviction ? verdict.budgets.map(({ name }) => bypassed(pod, name)) : [];
    default: {
      const { budget } = verdict;
      const name = podName(budget);
      if (policy.disableEviction) return [bypassed(pod, budget.name)];
      const numbers = `desiredHealthy ${budget.desiredHealthy}, currentHealthy ${budget.currentHealthy} of ${budget.expectedPods} expected`;
      if (verdict.kind === 'allowed') return [];
      if (verdict.kind === 'settling') {
        return [{ kind: 'budget-settling', message: `budget ${name} is still being computed by the server` }];
      }
      if (verdict.kind === 'not-now') {
        return [{ kind: 'budget-not-now', message: `budget ${name} allows no disruption now: ${numbers}` }];
      }
      return [{ kind: 'budget-never', message: `budget ${name} never allows a disruption at this size: ${numbers}` }];
    }
  }
}

function bypassed(pod: Pod, budget: string): Risk {
  return {
    kind: 'budget-bypassed',
    message: `budget ${podName({ namespace: pod.namespace, name: budget })} is bypassed (--disable-eviction)`,
  };
}
