/** A condition that pods must meet, as stern's `--condition` takes it. */
import type { LogPod } from '../../cluster/log-pod.ts';
import type { Compiled } from './names.ts';

export interface PodCondition {
  /** As the API spells it. */
  readonly type: string;
  readonly status: string;
}

const types = [
  'ContainersReady',
  'Initialized',
  'Ready',
  'PodScheduled',
  'DisruptionTarget',
  'PodReadyToStartContainers',
] as const;
const statuses = ['True', 'False', 'Unknown'] as const;

/** Reads `name[=value]`, in any case of letters; the value is true unless given. */
export function parseCondition(text: string): Compiled<PodCondition> {
  const at = text.indexOf('=');
  const name = at === -1 ? text : text.slice(0, at);
  const value = at === -1 ? 'true' : text.slice(at + 1);
  const type = types.find((one) => one.toLowerCase() === name.toLowerCase());
  if (type === undefined) return { problem: `${JSON.stringify(name)} is none of ${types.join(', ')}` };
  const status = statuses.find((one) => one.toLowerCase() === value.toLowerCase());
  if (status === undefined) return { problem: `${JSON.stringify(value)} is none of ${statuses.join(', ')}` };
  return { value: { type, status } };
}

/** A condition that the pod does not have (yet) is not met, whatever its value. */
export function meets(pod: LogPod, condition: PodCondition | undefined): boolean {
  return condition === undefined || pod.conditions[condition.type] === condition.status;
}
