/** Which failures of reading a log are worth another try, and the error of those that are not. */
import type { Kubectl } from '../../cli/kubectl.ts';
import type { ContainerRef } from '../../cluster/container-log.ts';
import { ClusterError } from '../../errors.ts';
import type { NextRead } from './next-read.ts';

/**
 * A log that could be read before is not given up for these at once: a token or a certificate is being renewed, or the API
 * server has just started and not read its roles yet.
 */
const healing = new Set(['cluster.unauthorized', 'cluster.forbidden', 'cluster.credentials', 'cluster.certificate']);
const healingTries = 8;

/** With their pauses 3 s. */
const triesWithoutFollow = 5;

/** With their pauses two minutes: the last lines of a run are worth waiting for a server that starts anew. */
const triesOfLastLines = 12;

/** A refusal that may pass, by how many failures there were in a row before it. */
export function mayHeal(error: ClusterError, attached: boolean, failures: number): boolean {
  return attached && healing.has(error.code) && failures < healingTries;
}

/** Whether to give up after so many failures in a row; what goes on for ever is tried for ever. */
export function isHopeless(failures: number, read: NextRead, follow: boolean): boolean {
  return read !== 'follow' && failures >= (follow ? triesOfLastLines : triesWithoutFollow);
}

/** With their pauses 3 s: by then a kubelet that has just started knows its pods. */
const triesUnwatched = 5;

/** Whether a pod is gone that nobody watches, by how many times in a row the server has said so before. */
export function isGone(failures: number): boolean {
  return failures >= triesUnwatched - 1;
}

/** Whether a run is over that nobody watches, by how many streams in a row have ended without a new line. */
export function isOver(failures: number): boolean {
  return failures >= triesOfLastLines;
}

export function unreadable({ namespace, pod, container }: ContainerRef, why: string, kubectl: Kubectl): ClusterError {
  return new ClusterError(
    `the log of ${namespace}/${pod}, container ${container}, could not be read to its end: ${why}`,
    {
      code: 'cluster.unreachable',
      hint: `try again; if it stays so, look at the node: ${kubectl('get', 'nodes')}`,
    },
  );
}
