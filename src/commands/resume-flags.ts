/** The flags of drain that a resume takes too: each sets one option of the run that is gone on with. */
import type { AnyFlag } from '../cli/flag.ts';
import type { Settings } from '../cli/settings.ts';
import type { DrainOptions, RollingOptions } from '../drain/options.ts';
import { UsageError } from '../errors.ts';
import { drainFlags } from './drain-flags.ts';

/** Takes the flag's part of `typed` over into `options`. */
type Take = (options: DrainOptions, typed: DrainOptions) => DrainOptions;
type Group = 'policy' | 'ownership' | 'continuity' | 'unreachable';
type Single = 'chunkSize' | 'timeoutMs' | 'totalTimeoutMs' | 'maxInFlight' | 'parallel' | 'capacity' | 'onFailure';

function single(name: Single): Take {
  return (options, typed) => ({ ...options, [name]: typed[name] });
}

function within<G extends Group>(group: G, name: keyof DrainOptions[G]): Take {
  return (options, typed) => ({ ...options, [group]: { ...options[group], [name]: typed[group][name] } });
}

function ofRolling(flag: AnyFlag, name: keyof RollingOptions): readonly [AnyFlag, Take] {
  const take: Take = (options, typed) => {
    if (!options.rolling || !typed.rolling) {
      throw new UsageError([`--${flag.name} is for rolling runs, and the run that is gone on with is none`], {
        code: 'usage.rolling',
        hint: 'nothing was changed; leave it out',
      });
    }
    return { ...options, rolling: { ...options.rolling, [name]: typed.rolling[name] } };
  };
  return [flag, take];
}

const escalation: Take = (options, typed) => ({ ...options, escalation: typed.escalation });

/** Which nodes, which program and whether they are uncordoned is the run's; so is that it is no rehearsal. */
const taken: readonly (readonly [AnyFlag, Take])[] = [
  [drainFlags.force, within('policy', 'force')],
  [drainFlags.ignoreDaemonSets, within('policy', 'ignoreDaemonSets')],
  [drainFlags.deleteEmptyDirData, within('policy', 'deleteEmptyDirData')],
  [drainFlags.disableEviction, within('policy', 'disableEviction')],
  [drainFlags.gracePeriod, within('policy', 'gracePeriodSeconds')],
  [drainFlags.skipWaitForDeleteTimeout, within('policy', 'skipWaitForDeleteTimeoutSeconds')],
  [drainFlags.podSelector, within('policy', 'podSelector')],
  [drainFlags.strict, within('policy', 'strict')],
  [drainFlags.order, within('policy', 'order')],
  [drainFlags.timeout, single('timeoutMs')],
  [drainFlags.totalTimeout, single('totalTimeoutMs')],
  [drainFlags.maxInFlight, single('maxInFlight')],
  [drainFlags.chunkSize, single('chunkSize')],
  [drainFlags.parallel, single('parallel')],
  [drainFlags.capacity, single('capacity')],
  [drainFlags.onFailure, single('onFailure')],
  [drainFlags.waitReplacements, within('continuity', 'replacementsMs')],
  [drainFlags.waitVolumes, within('continuity', 'volumesMs')],
  [drainFlags.surge, within('continuity', 'surge')],
  [drainFlags.deadline, escalation],
  [drainFlags.escalate, escalation],
  [drainFlags.poweredOff, within('unreachable', 'poweredOff')],
  [drainFlags.fenceExec, within('unreachable', 'fenceExec')],
  [drainFlags.outOfService, within('unreachable', 'outOfService')],
  [drainFlags.reason, within('ownership', 'reason')],
  [drainFlags.ticket, within('ownership', 'ticket')],
  [drainFlags.takeOver, within('ownership', 'takeOver')],
  [drainFlags.excludeFromLb, within('ownership', 'excludeFromLoadBalancers')],
  [drainFlags.holdAutoscaler, within('ownership', 'holdAutoscaler')],
  [drainFlags.notifyExec, within('ownership', 'notifyExec')],
  [drainFlags.notifyUrl, within('ownership', 'notifyUrl')],
  ofRolling(drainFlags.maxUnavailable, 'maxUnavailable'),
  ofRolling(drainFlags.waitReady, 'waitReadyMs'),
  ofRolling(drainFlags.minStable, 'minStableMs'),
  ofRolling(drainFlags.criticalPods, 'criticalPods'),
];

export const resumeFlags: readonly AnyFlag[] = taken.map(([flag]) => flag);

/**
 * Puts what was typed over the options of a run; what comes from the environment or the file does not count, for the run
 * has had its own.
 *
 * @param typed all flags as a drain would read them
 */
export function typedOver(
  { source }: Pick<Settings, 'source'>,
  typed: DrainOptions,
): (options: DrainOptions) => DrainOptions {
  const takes = taken.filter(([flag]) => source(flag) === 'flag').map(([, take]) => take);
  return (options) => takes.reduce((so, take) => take(so, typed), options);
}
