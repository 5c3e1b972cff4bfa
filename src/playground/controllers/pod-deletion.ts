/** Deletes a pod on the control plane's behalf, with the condition that says why. */
import type { ControllerWorld } from '../ports.ts';
import { withCondition } from './conditions.ts';
import { pods, type Pod } from './models.ts';
import { nowText } from './times.ts';

export interface ForcedEnd {
  readonly gracePeriodSeconds: number;
  readonly phase: 'Failed';
}

/** Sets DisruptionTarget with this reason, then deletes; `forced` also ends the phase, as PodGC does. */
export function deleteDisrupted(
  { registry, clock }: ControllerWorld,
  pod: Pod,
  reason: string,
  message: string,
  forced?: ForcedEnd,
): void {
  const { namespace, name, uid } = pod.metadata;
  registry.modify(
    pods,
    namespace,
    name,
    (current) => {
      const status = (current as Pod).status;
      const condition = { type: 'DisruptionTarget', status: 'True', reason, message, lastProbeTime: null };
      return {
        ...current,
        status: {
          ...status,
          ...(forced ? { phase: forced.phase } : {}),
          conditions: withCondition(status?.conditions, condition, nowText(clock)),
        },
      };
    },
    { subresource: 'status' },
  );
  registry.delete(pods, namespace, name, {
    preconditions: { uid },
    ...(forced ? { gracePeriodSeconds: forced.gracePeriodSeconds } : {}),
  });
}
