/** Decides by the state of a container what is to be read of the run that is followed. */
import type { LogContainer } from '../../cluster/log-pod.ts';

export type NextRead =
  /** Goes on as long as the run does. */
  | 'follow'
  /** All that is there, once. */
  | 'whole'
  /** The run has ended, and the next has begun: its log is the previous one. */
  | 'previous'
  /** Its pod is gone. */
  | 'gone'
  /** Another run, and no way to the log of ours. */
  | 'replaced';

export interface Run {
  /** Empty: not known yet; whatever run the container is at. */
  readonly containerId: string;
  /** The container's count of restarts when the run was its current one; undefined: it was not seen as such. */
  readonly restartCount: number | undefined;
}

/** For a log that is followed. */
export function nextRead(now: LogContainer | undefined, run: Run): NextRead {
  if (now === undefined) return 'gone';
  if (isRun(now, run)) return now.state === 'running' || now.containerId === undefined ? 'follow' : 'whole';
  // While the next run is over and the one after it is waited for, `previous` is the next run's log too.
  if (now.state === 'waiting') return 'replaced';
  return run.restartCount !== undefined && now.restartCount === run.restartCount + 1 ? 'previous' : 'replaced';
}

/** The container is at that run, as far as its status says. */
export function isRun(now: LogContainer, run: Run): boolean {
  return run.containerId === '' || now.containerId === undefined || now.containerId === run.containerId;
}
