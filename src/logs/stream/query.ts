/** Asks for a log: at first for what the user wants, later for what comes after the last line. */
import type { LogAnswer, LogQuery } from '../../cluster/container-log.ts';
import type { Cursor } from './cursor.ts';
import { secondOf, stampOfSecond } from './stamp.ts';
import type { ContainerStreamDeps, ContainerStreamRequest } from './stream.ts';

export type AskedLog = Omit<LogQuery, 'signal'>;

export interface ReadPoint {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly cursor: Cursor | undefined;
  /** No line was given yet, but those of the past were dealt with. */
  readonly pastIsDone: boolean;
  /** When the log was first opened, by the server's clock; RFC 3339. */
  readonly openedAt: string | undefined;
  /** Milliseconds since the log was asked for the first time; 0 for that time itself. */
  readonly waitedMs: number;
}

export async function openAt(
  open: ContainerStreamDeps['open'],
  request: ContainerStreamRequest,
  point: ReadPoint,
  signal: AbortSignal,
): Promise<LogAnswer> {
  const answer = await open(request.ref, { ...queryOf(request, point), transient: true, signal });
  if (answer.kind !== 'stream' || answer.body.statusCode !== 204) return answer;
  // The server has nobody to ask yet.
  answer.body.resume();
  return { kind: 'waiting', message: `the pod ${request.ref.namespace}/${request.ref.pod} is on no node yet` };
}

export function queryOf(request: ContainerStreamRequest, { follow, previous, ...point }: ReadPoint): AskedLog {
  const { stream, insecureSkipTlsVerifyBackend, tailLines, limitBytes, since } = request;
  const shared = { follow, previous, stream, insecureSkipTlsVerifyBackend };
  if (point.cursor !== undefined) return { ...shared, sinceTime: later(point.cursor.sinceTime, since) };
  if (tailLines === 0 && point.openedAt !== undefined) return { ...shared, sinceTime: later(point.openedAt, since) };
  // What was written while the log could not be opened is not of the past: it was asked for already.
  const waited = Math.ceil(point.waitedMs / 1000);
  if (tailLines === 0 && waited > 0 && (since === undefined || 'seconds' in since)) {
    return { ...shared, sinceSeconds: waited };
  }
  return {
    ...shared,
    ...sinceOf(since, point.openedAt, waited),
    tailLines: point.pastIsDone && tailLines !== 0 ? undefined : tailLines,
    limitBytes,
  };
}

/** Seconds are counted by the clock of the node at first; asked for again, they go back from when they were asked for. */
function sinceOf(
  since: ContainerStreamRequest['since'],
  openedAt: string | undefined,
  waited: number,
): Pick<LogQuery, 'sinceSeconds' | 'sinceTime'> {
  if (since === undefined) return {};
  if ('time' in since) return { sinceTime: since.time };
  if (openedAt === undefined) return { sinceSeconds: since.seconds + waited };
  return { sinceTime: stampOfSecond(secondOf(openedAt) - since.seconds) };
}

function later(time: string, since: ContainerStreamRequest['since']): string {
  return since && 'time' in since && Date.parse(since.time) > Date.parse(time) ? since.time : time;
}
