/** Reads units of a node's journal through the kubelet: once to the end, or on and on. */
import type { IncomingMessage } from 'node:http';
import { createBackoff } from '../../backoff.ts';
import type { Clock } from '../../clock.ts';
import type { LogCluster } from '../../cluster/log-cluster.ts';
import type { NodeUnitsQuery } from '../../cluster/node-log.ts';
import { Cursor } from './cursor.ts';
import { Entries } from './entries.ts';
import { endOf, nextAfter, type AnswerEnd } from './next.ts';
import type { NodeOutlet } from './outlet.ts';
import { unfinishedError, type Refusal } from './problems.ts';
import { Stamps } from './stamp.ts';

export interface NodeReadDeps {
  readonly cluster: Pick<LogCluster, 'openNodeLog'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly outlet: NodeOutlet;
  /** A line for the user, about the node. */
  readonly say: (text: string) => void;
}

export interface JournalRequest {
  readonly node: string;
  readonly units: readonly string[];
  readonly follow: boolean;
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  readonly tailLines: number | undefined;
  readonly boot: number | undefined;
  readonly pattern: string | undefined;
}

/** Between two polls. The kubelet starts a journalctl for each. */
const pollMs = 2_000;
/** journalctl's own, where `-f` comes without a beginning. */
const followTailLines = 10;
/** For clocks of nodes that are behind ours. */
const untilGraceMs = 5_000;

/**
 * Resolves when all is read, or with the refusal that ends it; without an end while it follows.
 *
 * @throws KmaintError `node-logs.unfinished` where the kubelet's 30 s are never enough, or its answers keep breaking;
 * the signal's reason
 */
export async function readJournal(deps: NodeReadDeps, request: JournalRequest): Promise<Refusal | undefined> {
  const { clock, signal } = deps;
  const cursor = new Cursor();
  const backoff = createBackoff(500, 15_000, () => 0.5);
  const say = sayings(deps.say);
  let begun = false;
  let failures = 0;
  for (;;) {
    const startedMs = clock.now();
    const read = await ask(deps, request, cursor, begun);
    if ('kind' in read) return read;
    const { end, fresh, why } = read;
    begun ||= end === 'whole' || fresh;
    if (end === 'whole' || fresh) backoff.reset();
    failures = end === 'broken' && !fresh ? failures + 1 : 0;
    const untilPassed = request.untilMs !== undefined && startedMs > request.untilMs + untilGraceMs;
    const next = nextAfter({ end, fresh, follow: request.follow, untilPassed, failures });
    switch (next.kind) {
      case 'end':
        return undefined;
      case 'stuck':
        throw unfinishedError(request.node, end === 'cut' ? 'the kubelet searched for 30 s and found no more' : why);
      case 'on':
        say.goingOn(end, cursor.last);
        break;
      case 'poll':
        if (end === 'cut') say.slow();
        await clock.sleep(pollMs, signal);
        break;
      case 'retry':
        if (failures === 1) say.retry(why);
        await clock.sleep(Math.max(read.waitMs, backoff.nextMs()), signal);
        break;
    }
  }
}

function sayings(say: (text: string) => void) {
  let slow = false;
  return {
    goingOn(end: AnswerEnd, last: string): void {
      say(
        `${end === 'cut' ? 'the kubelet ends an answer after 30 s' : 'the answer broke off'}: reading on from ${last}`,
      );
    },
    slow(): void {
      if (!slow) say('the kubelet searched for 30 s and gave up: lines may be missing; ask with a later --since');
      slow = true;
    },
    retry(why: string): void {
      say(`cannot be read now, trying again: ${why}`);
    },
  };
}

interface Asked extends AnswerRead {
  /** Why there was no answer, or none to its end. */
  readonly why: string;
  /** How long the server wants to be left alone. */
  readonly waitMs: number;
}

async function ask(
  deps: NodeReadDeps,
  request: JournalRequest,
  cursor: Cursor,
  begun: boolean,
): Promise<Asked | Refusal> {
  const { cluster, clock, signal } = deps;
  const times = { startedMs: clock.now(), askedMs: clock.monotonic() };
  const answer = await cluster.openNodeLog(request.node, queryOf(request, cursor, begun), signal);
  if (answer.kind === 'transient') {
    return { end: 'broken', fresh: false, why: answer.message, waitMs: answer.retryAfterMs ?? 0 };
  }
  if (answer.kind !== 'stream') return answer;
  const silent = !begun && request.tailLines === 0;
  const read = await readAnswer(deps, request, answer.body, cursor, { ...times, silent });
  return { ...read, why: 'its answers break off', waitMs: 0 };
}

/** The first question, or one that goes on from where the answers before it ended. */
export function queryOf(request: JournalRequest, cursor: Cursor, begun: boolean): NodeUnitsQuery {
  const { units, follow, sinceMs, untilMs, boot, pattern } = request;
  const since = sinceMs === undefined ? undefined : wholeSecond(Math.floor(sinceMs / 1000));
  const from = begun ? (cursor.sinceTime ?? '') : '';
  // journalctl shows the last lines where nothing says from when on. One line tells where to go on from.
  const tail = request.tailLines ?? (follow && since === undefined && boot === undefined ? followTailLines : undefined);
  return {
    kind: 'units',
    units,
    sinceTime: from !== '' && (since === undefined || from > since) ? from : since,
    untilTime: untilMs === undefined ? undefined : wholeSecond(Math.ceil(untilMs / 1000)),
    tailLines: begun || tail === undefined ? undefined : Math.max(1, tail),
    boot,
    pattern,
  };
}

function wholeSecond(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

interface AnswerRead {
  readonly end: AnswerEnd;
  readonly fresh: boolean;
}

async function readAnswer(
  { clock, signal, outlet, say }: NodeReadDeps,
  { untilMs, follow }: JournalRequest,
  body: IncomingMessage,
  cursor: Cursor,
  { startedMs, askedMs, silent }: { readonly startedMs: number; readonly askedMs: number; readonly silent: boolean },
): Promise<AnswerRead> {
  // As precise as the lines are: the kubelet may leave the end away, or take the beginning for it.
  const until = untilMs === undefined ? undefined : `${new Date(untilMs).toISOString().slice(0, 23)}000Z`;
  let fresh = false;
  const entries = new Entries(new Stamps(startedMs), {
    entry(stamp, entry) {
      // A unit that writes to a file is read once; nothing in it tells where to go on from.
      if (stamp === '' && !follow) return outlet.print(stamp, entry);
      if ((until !== undefined && stamp > until) || !cursor.isNew(stamp, entry)) return;
      fresh = true;
      if (!silent) outlet.print(stamp, entry);
    },
    remark: say,
  });
  cursor.begin();
  const closed = await readChunks(body, signal, async (chunk) => {
    entries.push(chunk);
    await outlet.ready();
  });
  const tookMs = clock.monotonic() - askedMs;
  const wholeLine = entries.end(endOf(closed, true, tookMs) !== 'whole');
  return { end: endOf(closed, wholeLine, tookMs), fresh };
}

/** Resolves to whether the body came to its end. Throws only the signal's reason. */
export async function readChunks(
  body: IncomingMessage,
  signal: AbortSignal,
  take: (chunk: Buffer) => Promise<void>,
): Promise<boolean> {
  try {
    for await (const chunk of body) await take(chunk as Buffer);
  } catch {
    signal.throwIfAborted();
    return false;
  }
  signal.throwIfAborted();
  return body.complete;
}
