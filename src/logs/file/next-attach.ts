/** Decides by the state of a container whether there is something in which a program can be run. */
import type { LogContainer } from '../../cluster/log-pod.ts';
import { isRun, type Run } from '../stream/next-read.ts';

export type NextAttach =
  | 'attach'
  /** It has not begun. */
  | 'wait'
  /** The run has ended; should there be a next one, that is another target. */
  | 'over'
  /** Its pod is gone. */
  | 'gone';

export function nextAttach(now: LogContainer | undefined, run: Run, follow: boolean): NextAttach {
  if (now === undefined) return 'gone';
  if (!isRun(now, run)) return 'over';
  if (now.state === 'running') return 'attach';
  return follow && now.state === 'waiting' && now.containerId === undefined ? 'wait' : 'over';
}
